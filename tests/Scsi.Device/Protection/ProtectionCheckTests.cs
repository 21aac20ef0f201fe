namespace Blockwire.Scsi.Device.Tests.Protection;

/// <summary>
/// Goal: for each type and each protection code what SBC-3 §4.21 and its tables say is checked and transferred, and nothing else. Method: a table of faults, types and codes;
/// what should be found is said beside it.
/// </summary>
public sealed class ProtectionCheckTests
{
    private const uint Lba = 40;

    /// <summary>Type, code, and which of guard (g), application tag (a) and reference tag (r) is checked of the medium, and of what is sent.</summary>
    public static TheoryData<int, int, string, string> Checks => new()
    {
        { 1, 0, "gr", "" }, { 1, 1, "gr", "gr" }, { 1, 2, "r", "r" }, { 1, 3, "", "" }, { 1, 4, "g", "g" }, { 1, 5, "gr", "gr" },
        { 2, 0, "gar", "" }, { 2, 1, "gar", "gar" }, { 2, 2, "ar", "ar" }, { 2, 3, "", "" }, { 2, 4, "g", "g" }, { 2, 5, "gar", "gar" },
        { 3, 0, "g", "" }, { 3, 1, "g", "g" }, { 3, 2, "", "" }, { 3, 3, "", "" }, { 3, 4, "g", "g" }, { 3, 5, "g", "g" },
    };

    [Theory]
    [MemberData(nameof(Checks))]
    public void What_is_read_is_checked_as_the_table_says(int number, int code, string medium, string sent)
    {
        _ = sent;
        ProtectionType type = (ProtectionType)number;
        Rig rig = Filled(type, out byte[] blocks);
        foreach (char fault in "gar")
        {
            Spoil(ref rig.Disk.Protection[(int)Lba + 2], fault);
            Outcome outcome = rig.Run(ProtectionRig.Read(type, Lba, 4, code, 0x1234, 0xFFFF));
            if (medium.Contains(fault))
            {
                outcome.ShouldBe(SenseOf(fault, Lba + 2));
                Assert.Empty(outcome.DataIn);
            }
            else
            {
                outcome.ShouldBeGood();
                Assert.Equal(ProtectionRig.Data(blocks), code == 0 ? outcome.DataIn : ProtectionRig.Data(outcome.DataIn));
            }

            rig.Disk.Protection[(int)Lba + 2] = ProtectionRig.Tags(blocks)[2];
        }
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public void What_is_sent_is_checked_as_the_table_says(int number, int code, string medium, string sent)
    {
        _ = medium;
        ProtectionType type = (ProtectionType)number;
        foreach (char fault in "gar")
        {
            Rig rig = Filled(type, out byte[] before);
            byte[] blocks = ProtectionRig.Blocks(4, ProtectionRig.FirstTag(type, Lba), seed: 9);
            ProtectionInformation wrong = ProtectionRig.Tags(blocks)[3];
            Spoil(ref wrong, fault);
            wrong.Write(blocks.AsSpan(3 * ProtectionRig.Whole + 512));
            Outcome outcome = rig.Run(ProtectionRig.Write(type, Lba, 4, code, 0x1234, 0xFFFF), code == 0 ? ProtectionRig.Data(blocks) : blocks);
            Assert.Equal((uint)(code == 0 ? 2048 : 2080), outcome.DataOutWanted);
            if (sent.Contains(fault))
            {
                outcome.ShouldBe(SenseOf(fault, Lba + 3));
                Assert.Equal(ProtectionRig.Data(before), rig.Disk.Bytes(Lba, 4).ToArray());
                Assert.Equal(ProtectionRig.Tags(before), rig.Disk.Protection.Slice((int)Lba, 4).ToArray());
            }
            else
            {
                outcome.ShouldBeGood();
                Assert.Equal(ProtectionRig.Data(blocks), rig.Disk.Bytes(Lba, 4).ToArray());
                if (code != 0)
                {
                    Assert.Equal(ProtectionRig.Tags(blocks), rig.Disk.Protection.Slice((int)Lba, 4).ToArray());
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public void Verification_without_data_checks_what_reading_does(int number, int code, string medium, string sent)
    {
        _ = sent;
        ProtectionType type = (ProtectionType)number;
        Rig rig = Filled(type, out byte[] blocks);
        foreach (char fault in "gar")
        {
            Spoil(ref rig.Disk.Protection[(int)Lba + 1], fault);
            Outcome outcome = rig.Run(Verify(type, 4, code, check: 0));
            if (medium.Contains(fault))
            {
                outcome.ShouldBe(SenseOf(fault, Lba + 1));
            }
            else
            {
                outcome.ShouldBeGood();
            }

            rig.Disk.Protection[(int)Lba + 1] = ProtectionRig.Tags(blocks)[1];
        }
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public void Verification_with_data_compares_it_with_its_protection_information(int number)
    {
        ProtectionType type = (ProtectionType)number;
        Rig rig = Filled(type, out byte[] blocks);
        rig.OwnTags();
        rig.Run(Verify(type, 4, 0, check: 1), ProtectionRig.Data(blocks)).ShouldBeGood();
        foreach (int code in new[] { 1, 2, 3, 4, 5 })
        {
            rig.Run(Verify(type, 4, code, check: 1), blocks).ShouldBeGood();
            byte[] other = [.. blocks];
            other[2 * ProtectionRig.Whole] ^= 1;
            if (code is 2 or 3)
            {
                rig.Run(Verify(type, 4, code, check: 1), other).ShouldBe(Sense.Miscompare(Lba + 2));
            }
            else
            {
                rig.Run(Verify(type, 4, code, check: 1), other).ShouldBe(Sense.GuardCheckFailed(Lba + 2));
            }

            foreach (char fault in "gar")
            {
                Spoil(ref rig.Disk.Protection[(int)Lba + 2], fault);
                Outcome outcome = rig.Run(Verify(type, 4, code, check: 1), blocks);
                if ((fault == 'g' && code == 2) || (fault == 'r' && type == ProtectionType.Type3))
                {
                    outcome.ShouldBeGood();
                }
                else
                {
                    outcome.ShouldBe(SenseOf(fault, Lba + 2) with { Key = SenseKey.Miscompare });
                }

                rig.Disk.Protection[(int)Lba + 2] = ProtectionRig.Tags(blocks)[2];
            }
        }
    }

    [Fact]
    public void Tags_are_compared_only_while_initiators_own_them()
    {
        Rig rig = Filled(ProtectionType.Type1, out byte[] blocks);
        rig.OwnTags(own: false);
        Spoil(ref rig.Disk.Protection[(int)Lba], 'a');
        rig.Run(Verify(ProtectionType.Type1, 4, 1, check: 1), blocks).ShouldBeGood();
    }

    [Theory]
    [InlineData(1), InlineData(2)]
    public void One_block_for_all_has_reference_tags_that_count_up(int number)
    {
        ProtectionType type = (ProtectionType)number;
        Rig rig = ProtectionRig.Create(type);
        byte[] block = ProtectionRig.Blocks(1, ProtectionRig.FirstTag(type, Lba));
        byte[] same = type == ProtectionType.Type2
            ? Cdbs.Long(ServiceAction.WriteSame32, Lba, 700, 0x20, ProtectionRig.FirstTag(type, Lba))
            : Cdbs.Ten(OperationCode.WriteSame10, Lba, 700, 0x20);
        rig.Run(same, block).ShouldBeGood();
        Assert.Equal(Enumerable.Range(0, 700).Select(i => ProtectionRig.FirstTag(type, Lba) + (uint)i), rig.Disk.Protection.Slice((int)Lba, 700).ToArray().Select(static it => it.ReferenceTag));
        rig.Run(Verify(type, 700, 1, check: 3), block).ShouldBeGood();
        Spoil(ref rig.Disk.Protection[(int)Lba + 600], 'r');
        rig.Run(Verify(type, 700, 1, check: 3), block).ShouldBe(Sense.ReferenceTagCheckFailed(Lba + 600) with { Key = SenseKey.Miscompare });
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public void An_application_tag_of_all_ones_disables_the_checks_of_reads_and_not_of_writes(int number)
    {
        ProtectionType type = (ProtectionType)number;
        Rig rig = Filled(type, out _);
        rig.Disk.Protection[(int)Lba] = new ProtectionInformation(0, 0xFFFF, 0);
        Outcome outcome = rig.Run(ProtectionRig.Read(type, Lba, 1, 1));
        Assert.Equal(type == ProtectionType.Type3, outcome.Sense == Sense.GuardCheckFailed(Lba));
        rig.Disk.Protection[(int)Lba] = new ProtectionInformation(0, 0xFFFF, uint.MaxValue);
        rig.Run(ProtectionRig.Read(type, Lba, 1, 1)).ShouldBeGood();
        byte[] unset = new byte[ProtectionRig.Whole];
        unset.AsSpan(512).Fill(0xFF);
        rig.Run(ProtectionRig.Write(type, Lba, 1, 1), unset).ShouldBe(Sense.GuardCheckFailed(Lba));
        rig.Run(ProtectionRig.Write(type, Lba, 1, 3), unset).ShouldBeGood();
    }

    [Fact]
    public void The_application_tag_is_checked_under_its_mask_by_CDBs_of_32_bytes_while_initiators_own_it()
    {
        Rig rig = Filled(ProtectionType.Type2, out _);
        rig.Run(ProtectionRig.Read(ProtectionType.Type2, Lba, 4, 1, 0x5234, 0x0FFF)).ShouldBeGood();
        rig.Run(ProtectionRig.Read(ProtectionType.Type2, Lba, 4, 1, 0x5234, 0xBFFF)).ShouldBeGood();
        rig.Run(ProtectionRig.Read(ProtectionType.Type2, Lba, 4, 1, 0x5234, 0x4FFF)).ShouldBe(Sense.ApplicationTagCheckFailed(Lba));
        rig.OwnTags(own: false);
        rig.Run(ProtectionRig.Read(ProtectionType.Type2, Lba, 4, 1, 0x5234, 0xFFFF)).ShouldBeGood();
    }

    [Fact]
    public void With_DPICZ_what_is_read_without_protection_information_is_not_checked()
    {
        Rig rig = Filled(ProtectionType.Type1, out byte[] blocks);
        Spoil(ref rig.Disk.Protection[(int)Lba], 'g');
        rig.Run(Cdbs.Ten(OperationCode.Read10, Lba, 4)).ShouldBe(Sense.GuardCheckFailed(Lba));
        rig.OwnTags(own: false, skipChecks: true);
        Assert.Equal(ProtectionRig.Data(blocks), rig.Run(Cdbs.Ten(OperationCode.Read10, Lba, 4)).DataIn);
        rig.Run(Verify(ProtectionType.Type1, 4, 0, check: 0)).ShouldBeGood();
        rig.Run(ProtectionRig.Read(ProtectionType.Type1, Lba, 4, 1)).ShouldBe(Sense.GuardCheckFailed(Lba));
    }

    private static byte[] Verify(ProtectionType type, ushort count, int code, int check) => ProtectionRig.Protect(
        type == ProtectionType.Type2
            ? Cdbs.Long(ServiceAction.Verify32, Lba, count, (byte)(check << 1), ProtectionRig.FirstTag(type, Lba), 0x1234, 0xFFFF)
            : Cdbs.Sixteen(OperationCode.Verify16, Lba, count, (byte)(check << 1)),
        code);

    // Type 2 checks application tags too: initiators own them.
    private static Rig Filled(ProtectionType type, out byte[] blocks)
    {
        Rig rig = ProtectionRig.Create(type);
        if (type == ProtectionType.Type2)
        {
            rig.OwnTags();
        }

        blocks = ProtectionRig.Blocks(4, ProtectionRig.FirstTag(type, Lba));
        rig.Run(ProtectionRig.Write(type, Lba, 4, 1), blocks).ShouldBeGood();
        Assert.Equal(ProtectionRig.Tags(blocks), rig.Disk.Protection.Slice((int)Lba, 4).ToArray());
        return rig;
    }

    private static void Spoil(ref ProtectionInformation information, char part) => information = part switch
    {
        'g' => information with { Guard = (ushort)~information.Guard },
        'a' => information with { ApplicationTag = (ushort)(information.ApplicationTag ^ 0x0100) },
        _ => information with { ReferenceTag = information.ReferenceTag + 1 },
    };

    private static SenseData SenseOf(char part, ulong lba) => part switch
    {
        'g' => Sense.GuardCheckFailed(lba),
        'a' => Sense.ApplicationTagCheckFailed(lba),
        _ => Sense.ReferenceTagCheckFailed(lba),
    };
}
