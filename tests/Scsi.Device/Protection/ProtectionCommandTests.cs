using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Protection;

/// <summary>Goal: what each type refuses, and what commands leave on the medium. Method: units of each type, looked at through their disk.</summary>
public sealed class ProtectionCommandTests
{
    private const uint Lba = 16;

    private static readonly byte[] Plain = [.. Enumerable.Repeat((byte)0x5A, 1024)];

    public static TheoryData<byte> ShortForms =>
    [
        OperationCode.Read10, OperationCode.Read12, OperationCode.Read16, OperationCode.Write10, OperationCode.Write12, OperationCode.Write16,
        OperationCode.Verify10, OperationCode.Verify12, OperationCode.Verify16, OperationCode.WriteAndVerify10, OperationCode.WriteAndVerify12,
        OperationCode.WriteAndVerify16, OperationCode.WriteSame10, OperationCode.WriteSame16, OperationCode.OrWrite16, OperationCode.CompareAndWrite, OperationCode.WriteAtomic16,
    ];

    public static TheoryData<byte> LongForms => [ServiceAction.Read32, ServiceAction.Verify32, ServiceAction.Write32, ServiceAction.WriteAndVerify32, ServiceAction.WriteSame32];

    [Theory]
    [MemberData(nameof(ShortForms))]
    public void The_protection_field_is_refused_where_it_means_nothing(byte op)
    {
        byte[] cdb = op switch
        {
            OperationCode.CompareAndWrite => Cdbs.CompareAndWrite(Lba, 1),
            OperationCode.WriteAtomic16 => Cdbs.WriteAtomic(Lba, 1),
            _ => Cdbs.Block(op, Lba, 1),
        };
        for (int code = 1; code < 8; code++)
        {
            byte[] spoilt = ProtectionRig.Protect([.. cdb], code);
            new Rig().Run(spoilt).ShouldBe(Sense.InvalidFieldInCdb(1, (code & 4) != 0 ? 7 : (code & 2) != 0 ? 6 : 5));
            ProtectionRig.Create(ProtectionType.None).Run(spoilt).ShouldBe(Sense.InvalidFieldInCdb(1));
            ProtectionRig.Create(ProtectionType.Type2).Run(spoilt).ShouldBe(Sense.InvalidOpcode);
            if (code > 5)
            {
                ProtectionRig.Create(ProtectionType.Type1).Run(spoilt).ShouldBe(Sense.InvalidFieldInCdb(1));
                ProtectionRig.Create(ProtectionType.Type3).Run(spoilt).ShouldBe(Sense.InvalidFieldInCdb(1));
            }
        }
    }

    [Theory]
    [MemberData(nameof(LongForms))]
    public void CDBs_of_32_bytes_are_for_type_2_alone(byte action)
    {
        byte[] cdb = Cdbs.Long(action, Lba, 1);
        new Rig().Run(cdb).ShouldBe(Sense.InvalidOpcode);
        foreach (ProtectionType type in new[] { ProtectionType.None, ProtectionType.Type1, ProtectionType.Type3 })
        {
            ProtectionRig.Create(type).Run(cdb).ShouldBe(Sense.InvalidOpcode);
        }

        Rig rig = ProtectionRig.Create(ProtectionType.Type2);
        rig.Run(cdb, new byte[512]).ShouldBeGood();
        rig.Run([.. cdb, .. new byte[8]], new byte[512]).ShouldBeGood();
        foreach (byte length in new byte[] { 0x00, 0x08, 0x10 })
        {
            byte[] other = [.. cdb];
            other[7] = length;
            rig.Run(other).ShouldBe(Sense.InvalidFieldInCdb(7));
        }

        byte[] longer = [.. cdb];
        longer[7] = 0x19;
        rig.Run(longer).ShouldBe(Sense.InvalidFieldInCdb(7, 0));
        for (int length = 10; length < 32; length++)
        {
            rig.Run(cdb[..length]).ShouldBe(Sense.InvalidFieldInCdb(length));
        }

        rig.Run(cdb[..9]).ShouldBe(Sense.InvalidFieldInCdb(8));
        rig.Run(ProtectionRig.Protect([.. cdb], 6)).ShouldBe(Sense.InvalidFieldInCdb(10));
        rig.Run(Cdbs.Long(action, 1024, 1), new byte[512]).ShouldBe(Sense.LbaOutOfRange(1024));
        rig.Run(Cdbs.Long(0x1F, Lba, 1)).ShouldBe(Sense.InvalidFieldInCdb(8));
        byte[] high = [.. cdb];
        high[8] = 1;
        rig.Run(high).ShouldBe(Sense.InvalidFieldInCdb(8));
    }

    [Fact]
    public void CDBs_of_32_bytes_are_reported_with_their_service_actions()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        byte[] one = rig.Run(Cdbs.SupportedOperationCodes(2, OperationCode.VariableLength, ServiceAction.Read32)).DataIn;
        Assert.Equal("00030020" + "7F04000000000018" + "0009F800" + "FFFFFFFFFFFFFFFF" + "FFFFFFFFFFFFFFFF" + "FFFFFFFF", Convert.ToHexString(one));
        byte[] all = rig.Run(Cdbs.SupportedOperationCodes(0)).DataIn;
        List<int> found = [];
        for (int at = 4; at < all.Length; at += 8)
        {
            if (all[at] == OperationCode.VariableLength)
            {
                Assert.Equal((1, 32), (all[at + 5] & 1, (int)BinaryPrimitives.ReadUInt16BigEndian(all.AsSpan(at + 6))));
                found.Add(BinaryPrimitives.ReadUInt16BigEndian(all.AsSpan(at + 2)));
            }
        }

        Assert.Equal([9, 10, 11, 12, 13], found);
        Assert.Equal([0, 1, 0, 0], new Rig().Run(Cdbs.SupportedOperationCodes(1, OperationCode.VariableLength)).DataIn);
    }

    [Theory]
    [InlineData(1, false, 0, Lba), InlineData(1, true, 0xFFFF, Lba)]
    [InlineData(2, false, 0xFFFF, uint.MaxValue), InlineData(2, true, 0xFFFF, uint.MaxValue)]
    [InlineData(3, false, 0, uint.MaxValue), InlineData(3, true, 0xFFFF, uint.MaxValue)]
    public void Blocks_written_without_protection_information_get_some(int number, bool own, int application, uint reference)
    {
        foreach (byte op in new[] { OperationCode.Write6, OperationCode.Write10, OperationCode.Write12, OperationCode.Write16, OperationCode.WriteAndVerify16, OperationCode.OrWrite16 })
        {
            Rig rig = ProtectionRig.Create((ProtectionType)number);
            rig.OwnTags(own);
            rig.Run(Cdbs.Block(op, Lba, 2), Plain).ShouldBeGood();
            Assert.Equal(new ProtectionInformation(GuardCrc.Compute(Plain.AsSpan(0, 512)), (ushort)application, reference), rig.Disk.Protection[(int)Lba]);
            Assert.Equal(reference == Lba ? Lba + 1 : reference, rig.Disk.Protection[(int)Lba + 1].ReferenceTag);
            Assert.Equal(Plain, rig.Run(Cdbs.Block(OperationCode.Read10, Lba, 2)).DataIn);
            Assert.Equal(Plain, rig.Run(Cdbs.Block(OperationCode.Read6, Lba, 2)).DataIn);
        }
    }

    [Fact]
    public void Unmapped_blocks_have_none_and_zeros_have_their_own()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        void Fill() => rig.Run(ProtectionRig.Write(ProtectionType.Type1, Lba, 8, 1), ProtectionRig.Blocks(8, Lba)).ShouldBeGood();
        ProtectionInformation zeros = new(0, 0, Lba);
        (byte[] Cdb, byte[] Data, ProtectionInformation Expected)[] ways =
        [
            (Cdbs.Unmap(24), Cdbs.UnmapList(new UnmapDescriptor(Lba, 8)), ProtectionInformation.Unset),
            (Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x08), new byte[512], ProtectionInformation.Unset),
            (Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x09), [], ProtectionInformation.Unset),
            (Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x28), [.. new byte[512], .. Enumerable.Repeat((byte)0xFF, 8)], ProtectionInformation.Unset), // as sg_write_same sends it
            (Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x68), [.. new byte[512], .. Enumerable.Repeat((byte)0xFF, 8)], ProtectionInformation.Unset),
            (Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8), new byte[512], zeros),
            (Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x01), [], zeros),
            (Cdbs.Ten(OperationCode.WriteSame10, Lba, 8, 0x20), [.. new byte[512], 0, 0, 0xAB, 0xCD, 0, 0, 0, (byte)Lba], new(0, 0xABCD, Lba)),
        ];
        foreach ((byte[] cdb, byte[] data, ProtectionInformation expected) in ways)
        {
            Fill();
            rig.Run(cdb, data).ShouldBeGood();
            Assert.Equal(expected, rig.Disk.Protection[(int)Lba]);
            Assert.Equal(expected == ProtectionInformation.Unset ? expected : expected with { ReferenceTag = Lba + 7 }, rig.Disk.Protection[(int)Lba + 7]);
            Assert.Equal(new byte[8 * 512], rig.Run(Cdbs.Ten(OperationCode.Read10, Lba, 8)).DataIn);
        }

        rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x20), [.. new byte[512], .. Enumerable.Repeat((byte)0xFF, 8)]).ShouldBe(Sense.GuardCheckFailed(Lba));
    }

    [Fact]
    public void WRITE_SAME_without_data_is_zeros_with_protection_information_of_all_ones()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type3);
        void Fill() => rig.Run(ProtectionRig.Write(ProtectionType.Type3, Lba, 8, 3), ProtectionRig.Blocks(8, Lba)).ShouldBeGood();
        Fill();
        rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x21)).ShouldBe(Sense.GuardCheckFailed(Lba));
        rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, 0x81)).ShouldBe(Sense.GuardCheckFailed(Lba));
        Assert.Equal(ProtectionRig.Tags(ProtectionRig.Blocks(8, Lba)), rig.Disk.Protection.Slice((int)Lba, 8).ToArray());
        foreach (byte flags in new byte[] { 0x29, 0x61, 0x69 })
        {
            Fill();
            rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, Lba, 8, flags)).ShouldBeGood();
            Assert.Equal(Enumerable.Repeat(ProtectionInformation.Unset, 8), rig.Disk.Protection.Slice((int)Lba, 8).ToArray());
            Assert.Equal(new byte[8 * 512], rig.Run(Cdbs.Ten(OperationCode.Read10, Lba, 8)).DataIn);
        }
    }

    [Fact]
    public void REASSIGN_BLOCKS_leaves_a_block_that_can_be_read_as_it_is()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        rig.Run(ProtectionRig.Write(ProtectionType.Type1, Lba, 1, 1), ProtectionRig.Blocks(1, Lba)).ShouldBeGood();
        rig.Disk.Bytes(Lba, 1)[7] ^= 1;
        rig.Run([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 0, 0, 4, 0, 0, 0, (byte)Lba]).ShouldBeGood();
        rig.Run(Cdbs.Ten(OperationCode.Read10, Lba, 1)).ShouldBe(Sense.GuardCheckFailed(Lba));
    }

    [Fact]
    public void COMPARE_AND_WRITE_compares_data_and_writes_tags()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        byte[] first = ProtectionRig.Blocks(2, Lba), second = ProtectionRig.Blocks(2, Lba, application: 0x4321, seed: 8);
        rig.Run(ProtectionRig.Write(ProtectionType.Type1, Lba, 2, 1), first).ShouldBeGood();
        rig.Run(ProtectionRig.Protect(Cdbs.CompareAndWrite(Lba, 2), 1), [.. first, .. second]).ShouldBeGood();
        Assert.Equal(ProtectionRig.Tags(second), rig.Disk.Protection.Slice((int)Lba, 2).ToArray());
        Outcome differs = rig.Run(ProtectionRig.Protect(Cdbs.CompareAndWrite(Lba, 2), 1), [.. first, .. second]);
        Assert.Equal(SenseKey.Miscompare, differs.Sense?.Key);
        byte[] wrong = [.. second];
        wrong[0] ^= 1;
        rig.Run(ProtectionRig.Protect(Cdbs.CompareAndWrite(Lba, 2), 1), [.. second, .. wrong]).ShouldBe(Sense.GuardCheckFailed(Lba));
        rig.Run(Cdbs.CompareAndWrite(Lba, 2), [.. ProtectionRig.Data(second), .. ProtectionRig.Data(first)]).ShouldBeGood();
        Assert.Equal(ProtectionRig.Tags(first)[1] with { ApplicationTag = 0 }, rig.Disk.Protection[(int)Lba + 1]);
        rig.Disk.Protection[(int)Lba] = default;
        Assert.Equal((0x10, 1), SenseOf(rig.Run(Cdbs.CompareAndWrite(Lba, 1), new byte[1024])));
        rig.Run(ProtectionRig.Protect(Cdbs.CompareAndWrite(Lba, 1), 1), [.. first[..520], .. first[..520]]).ShouldBe(Sense.GuardCheckFailed(Lba));
    }

    [Fact]
    public void ORWRITE_and_WRITE_ATOMIC_leave_true_guards_and_the_tags_that_came()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        byte[] first = ProtectionRig.Blocks(2, Lba), second = ProtectionRig.Blocks(2, Lba, application: 0x4321, seed: 8);
        rig.Run(ProtectionRig.Protect(Cdbs.WriteAtomic(Lba, 2), 1), first).ShouldBeGood();
        Assert.Equal(ProtectionRig.Tags(first), rig.Disk.Protection.Slice((int)Lba, 2).ToArray());
        rig.Run(ProtectionRig.Protect(Cdbs.Sixteen(OperationCode.OrWrite16, Lba, 2), 1), second).ShouldBeGood();
        byte[] or = [.. ProtectionRig.Data(first).Zip(ProtectionRig.Data(second), static (a, b) => (byte)(a | b))];
        Assert.Equal(or, rig.Run(Cdbs.Ten(OperationCode.Read10, Lba, 2)).DataIn);
        Assert.Equal(new ProtectionInformation(GuardCrc.Compute(or.AsSpan(512)), 0x4321, Lba + 1), rig.Disk.Protection[(int)Lba + 1]);
        second[100] ^= 4;
        rig.Run(ProtectionRig.Protect(Cdbs.Sixteen(OperationCode.OrWrite16, Lba, 2), 1), second).ShouldBe(Sense.GuardCheckFailed(Lba));
        rig.Run(ProtectionRig.Protect(Cdbs.WriteAtomic(Lba, 2), 4), second).ShouldBe(Sense.GuardCheckFailed(Lba));
    }

    [Fact]
    public void WRITE_AND_VERIFY_compares_what_it_wrote()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type2);
        byte[] blocks = ProtectionRig.Blocks(4, 0x77000000);
        rig.Run(ProtectionRig.Protect(Cdbs.Long(ServiceAction.WriteAndVerify32, Lba, 4, 2, 0x77000000), 1), blocks).ShouldBeGood();
        Assert.Equal(ProtectionRig.Tags(blocks), rig.Disk.Protection.Slice((int)Lba, 4).ToArray());
        Assert.Equal(blocks, rig.Run(ProtectionRig.Read(ProtectionType.Type2, Lba, 4, 1)).DataIn);
        rig.Run(ProtectionRig.Protect(Cdbs.Long(ServiceAction.WriteAndVerify32, Lba, 4, 0, 0x77000001), 1), blocks).ShouldBe(Sense.ReferenceTagCheckFailed(Lba));
    }

    [Fact]
    public void Reference_tags_wrap_around()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type2);
        byte[] blocks = ProtectionRig.Blocks(4, uint.MaxValue - 1);
        Assert.Equal(1u, ProtectionRig.Tags(blocks)[3].ReferenceTag);
        rig.Run(ProtectionRig.Protect(Cdbs.Long(ServiceAction.Write32, Lba, 4, 0, uint.MaxValue - 1), 1), blocks).ShouldBeGood();
        Assert.Equal(blocks, rig.Run(ProtectionRig.Protect(Cdbs.Long(ServiceAction.Read32, Lba, 4, 0, uint.MaxValue - 1), 1)).DataIn);
    }

    [Fact]
    public void Whole_blocks_of_what_came_are_written_and_FUA_is_honoured()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        byte[] blocks = ProtectionRig.Blocks(3, Lba);
        rig.Run(ProtectionRig.Protect(Cdbs.Ten(OperationCode.Write10, Lba, 3, 0x08), 1), blocks[..1500]).ShouldBeGood();
        Assert.Equal(ProtectionRig.Tags(blocks)[1], rig.Disk.Protection[(int)Lba + 1]);
        Assert.Equal(ProtectionInformation.Unset, rig.Disk.Protection[(int)Lba + 2]);
        Assert.Equal(1, rig.Disk.ForcedWrites);
    }

    [Fact]
    public void The_longest_transfer_counts_protection_information()
    {
        Rig rig = new(new FakeDisk(blockCount: 70000, keeps: true), protection: ProtectionType.Type1);
        const ushort most = (32 << 20) / 520;
        Assert.Equal((uint)most, BinaryPrimitives.ReadUInt32BigEndian(rig.Run(Cdbs.Inquiry(PageCodes.Vpd.BlockLimits)).DataIn.AsSpan(8)));
        Assert.Equal(most * 520, rig.Run(ProtectionRig.Read(ProtectionType.Type1, 0, most, 1)).DataIn.Length);
        rig.Run(Cdbs.Sixteen(OperationCode.Read16, 0, most + 1)).ShouldBe(Sense.InvalidFieldInCdb(10));
    }

    [Fact]
    public async Task Copies_check_what_they_read_and_make_protection_information_of_what_they_write()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        rig.Run(ProtectionRig.Write(ProtectionType.Type1, Lba, 2, 1), ProtectionRig.Blocks(2, Lba)).ShouldBeGood();
        byte[] read = new byte[1024];
        Assert.Equal(Storage.IoStatus.Ok, await rig.Unit.Device.ReadAsync(Lba, read, CancellationToken.None));
        Assert.Equal(Storage.IoStatus.Ok, await rig.Unit.Device.WriteAsync(500, read, false, CancellationToken.None));
        Assert.Equal(500u, rig.Disk.Protection[500].ReferenceTag);
        Assert.Equal(read, rig.Run(Cdbs.Ten(OperationCode.Read10, 500, 2)).DataIn);
        rig.Disk.Bytes(500, 1)[7] ^= 1;
        Assert.Equal(Storage.IoStatus.GuardError, await rig.Unit.Device.ReadAsync(500, read, CancellationToken.None));
        Assert.False(rig.Unit.Device.TryLend(500, 512, out _));
    }

    private static (int Asc, int Ascq) SenseOf(Outcome outcome) => (outcome.Sense!.Value.Asc, outcome.Sense!.Value.Ascq);
}
