namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: VERIFY compares as its BYTCHK field says (SBC-3 §5.29). Method: one differing byte, found at its block.</summary>
public sealed class VerifyTests
{
    public static TheoryData<byte> Verifies => [OperationCode.Verify10, OperationCode.Verify12, OperationCode.Verify16];

    [Theory]
    [MemberData(nameof(Verifies))]
    public void Each_block_is_compared(byte op)
    {
        Rig rig = new(new FakeDisk(512, 4096));
        byte[] data = new byte[2000 * 512];
        new Random(1).NextBytes(data);
        data.CopyTo(rig.Disk.Bytes(10, 2000));
        Outcome same = rig.Run(Cdbs.Block(op, 10, 2000, 0x02), data);
        same.ShouldBeGood();
        Assert.Equal(2000u * 512, same.DataOutWanted);
        data[1500 * 512 + 511] ^= 1;
        rig.Run(Cdbs.Block(op, 10, 2000, 0x02), data).ShouldBe(Sense.Miscompare(1510));
    }

    [Theory]
    [MemberData(nameof(Verifies))]
    public void One_block_for_all(byte op)
    {
        Rig rig = new(new FakeDisk(512, 4096));
        byte[] block = new byte[512];
        new Random(2).NextBytes(block);
        for (ulong lba = 5; lba < 1205; lba++)
        {
            block.CopyTo(rig.Disk.Bytes(lba, 1));
        }

        Outcome same = rig.Run(Cdbs.Block(op, 5, 1200, 0x06), block);
        same.ShouldBeGood();
        Assert.Equal(512u, same.DataOutWanted);
        rig.Disk.Bytes(1100, 1)[0] ^= 1;
        rig.Run(Cdbs.Block(op, 5, 1200, 0x06), block).ShouldBe(Sense.Miscompare(1100));
        rig.Run(Cdbs.Block(op, 5, 2, 0x06), new byte[100]).ShouldBe(Sense.ParameterListLengthError);
    }

    [Theory]
    [MemberData(nameof(Verifies))]
    public void Without_comparison_no_data_is_wanted(byte op)
    {
        Outcome outcome = new Rig().Run(Cdbs.Block(op, 0, 1024, 0x10));
        outcome.ShouldBeGood();
        Assert.Equal(0u, outcome.DataOutWanted);
    }

    [Theory]
    [MemberData(nameof(Verifies))]
    public void Reserved_byte_check_and_protection_are_refused(byte op)
    {
        Rig rig = new();
        rig.Run(Cdbs.Block(op, 0, 1, 0x04), new byte[512]).ShouldBe(Sense.InvalidFieldInCdb(1, 2));
        rig.Run(Cdbs.Block(op, 0, 1, 0x20), new byte[512]).ShouldBe(Sense.InvalidFieldInCdb(1, 5));
        rig.Run(Cdbs.Block(op, 0, 1, 0x80), new byte[512]).ShouldBe(Sense.InvalidFieldInCdb(1, 7));
    }

    [Fact]
    public void Write_and_verify_forces_the_write_and_checks_what_arrived()
    {
        Rig rig = new();
        rig.Run(Cdbs.Ten(OperationCode.WriteAndVerify10, 4, 3, 0x02), Enumerable.Repeat((byte)9, 1100).ToArray()).ShouldBeGood();
        Assert.Equal(1, rig.Disk.ForcedWrites);
        Assert.Equal(1024, rig.Disk.Bytes(4, 3).ToArray().Count(one => one == 9));
    }
}
