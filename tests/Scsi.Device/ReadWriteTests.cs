using Blockwire.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: blocks go in and come out unchanged, and nothing else changes (SBC-3 §5.11 to §5.13, §5.33 to §5.35).</summary>
public sealed class ReadWriteTests
{
    public static TheoryData<byte, byte> Pairs => new()
    {
        { OperationCode.Read6, OperationCode.Write6 },
        { OperationCode.Read10, OperationCode.Write10 },
        { OperationCode.Read12, OperationCode.Write12 },
        { OperationCode.Read16, OperationCode.Write16 },
        { OperationCode.Read16, OperationCode.WriteAndVerify16 },
        { OperationCode.Read10, OperationCode.WriteAndVerify10 },
        { OperationCode.Read10, OperationCode.WriteAndVerify12 },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Reads_return_what_writes_wrote(byte read, byte write) => Prop.ForAll(
        ArbMap.Default.GeneratorFor<(int Lba, int Count, int Seed, bool Big, bool Lend, bool Late)>().ToArbitrary(),
        given =>
        {
            uint blockBytes = given.Big ? 4096u : 512u;
            uint lba = (uint)given.Lba % 200;
            ushort count = (ushort)((uint)given.Count % 50 + 1);
            Rig rig = new(new FakeDisk(blockBytes, 256) { Lends = given.Lend, Late = given.Late });
            byte[] before = rig.Disk.Bytes(0, 256).ToArray();
            byte[] data = new byte[count * blockBytes];
            new Random(given.Seed).NextBytes(data);
            rig.Run(Cdbs.Block(write, lba, count), data).ShouldBeGood();
            Outcome outcome = rig.Run(rig.First, Cdbs.Block(read, lba, count), lend: true);
            outcome.ShouldBeGood();
            Assert.Equal(data, outcome.DataIn);
            data.CopyTo(before.AsSpan((int)(lba * blockBytes)));
            Assert.True(rig.Disk.Bytes(0, 256).SequenceEqual(before));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_short_write_writes_its_whole_blocks()
    {
        Rig rig = new();
        byte[] data = Enumerable.Repeat((byte)7, 1300).ToArray();
        Outcome outcome = rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 8), data);
        outcome.ShouldBeGood();
        Assert.Equal(8u * 512, outcome.DataOutWanted);
        Assert.Equal(1024, rig.Disk.Bytes(0, 8).ToArray().Count(one => one == 7));
        rig.Run(Cdbs.Ten(OperationCode.Write10, 100, 1), new byte[511]).ShouldBeGood();
        Assert.Equal(1, rig.Disk.Writes);
    }

    [Fact]
    public void Transfers_have_a_limit()
    {
        Rig rig = new(new FakeDisk(4096, 8193));
        const uint most = (32 << 20) / 4096;
        foreach (byte op in new[] { OperationCode.Read12, OperationCode.Write12, OperationCode.WriteAndVerify12 })
        {
            rig.Run(Cdbs.Twelve(op, 0, most), new byte[32 << 20]).ShouldBeGood();
            rig.Run(Cdbs.Twelve(op, 0, most + 1)).ShouldBe(Sense.InvalidFieldInCdb(6));
        }

        foreach (byte check in new byte[] { 0, 2, 6 })
        {
            rig.Run(Cdbs.Twelve(OperationCode.Verify12, 0, most + 1, check)).ShouldBe(Sense.InvalidFieldInCdb(6));
        }

        rig.Run(Cdbs.Twelve(OperationCode.Verify12, 0, most)).ShouldBeGood();
    }

    [Fact]
    public void Force_unit_access_reaches_the_disk()
    {
        Rig rig = new();
        rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
        Assert.Equal(0, rig.Disk.ForcedWrites);
        rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1, 0x08), new byte[512]).ShouldBeGood();
        Assert.Equal((1, 0), (rig.Disk.ForcedWrites, rig.Disk.Flushes));
        rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1, 0x08)).ShouldBeGood();
        Assert.Equal(1, rig.Disk.Flushes);
        rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1, 0x10)).ShouldBeGood();
        Assert.Equal(1, rig.Disk.Flushes);
    }

    [Fact]
    public void Force_unit_access_is_a_flush_where_the_disk_has_none()
    {
        FakeDisk plain = new();
        Rig rig = new(new FakeDisk { Traits = plain.Traits with { ForceUnitAccess = Support.No } });
        rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1, 0x08), new byte[512]).ShouldBeGood();
        Assert.Equal((0, 1), (rig.Disk.ForcedWrites, rig.Disk.Flushes));
    }

    [Fact]
    public void Six_byte_commands_have_no_force_unit_access()
    {
        Rig rig = new(new FakeDisk(512, 0x90000));
        rig.Run(Cdbs.Six(OperationCode.Read6, 0x080000, 1)).ShouldBeGood();
        rig.Run(Cdbs.Six(OperationCode.Write6, 0x080000, 1), new byte[512]).ShouldBeGood();
        Assert.Equal((0, 0), (rig.Disk.Flushes, rig.Disk.ForcedWrites));
        Assert.Equal(256 * 512, rig.Run(Cdbs.Six(OperationCode.Read6, 0, 0)).DataIn.Length);
    }

    [Fact]
    public void Synchronize_cache_flushes_with_and_without_immed()
    {
        Rig rig = new();
        rig.Run(Cdbs.Ten(OperationCode.SynchronizeCache10, 0, 0)).ShouldBeGood();
        rig.Run(Cdbs.Sixteen(OperationCode.SynchronizeCache16, 0, 0, 0x02)).ShouldBeGood();
        Assert.Equal(2, rig.Disk.Flushes);
    }

    [Theory]
    [InlineData(IoStatus.ReadError, SenseKey.MediumError, 0x11, 0x00, true)]
    [InlineData(IoStatus.WriteError, SenseKey.MediumError, 0x0C, 0x00, true)]
    [InlineData(IoStatus.NoSpace, SenseKey.DataProtect, 0x27, 0x07, true)]
    [InlineData(IoStatus.WriteProtected, SenseKey.DataProtect, 0x27, 0x00, false)]
    [InlineData(IoStatus.OutOfRange, SenseKey.IllegalRequest, 0x21, 0x00, true)]
    [InlineData(IoStatus.NotReady, SenseKey.NotReady, 0x3A, 0x00, false)]
    [InlineData(IoStatus.NotSupported, SenseKey.HardwareError, 0x44, 0x00, false)]
    public void A_failing_disk_becomes_sense(IoStatus failure, SenseKey key, byte asc, byte ascq, bool withLba)
    {
        foreach (bool late in new[] { false, true })
        {
            Rig rig = new(new FakeDisk { Failure = failure, Late = late });
            SenseData expected = new(key, asc, ascq, withLba ? 9 : null);
            foreach (byte op in new[] { OperationCode.Read10, OperationCode.Write10, OperationCode.Verify10, OperationCode.WriteAndVerify10, OperationCode.SynchronizeCache10, OperationCode.WriteSame10 })
            {
                Outcome outcome = rig.Run(Cdbs.Ten(op, 9, 1), new byte[512]);
                outcome.ShouldBe(expected);
                Assert.Empty(outcome.DataIn);
            }
        }
    }
}
