using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>XPWRITE and XDWRITEREAD (SBC-3 §5.46, §5.48): what a parity disk and a data disk of an array are asked.</summary>
#pragma warning disable CA1001 // the disk is an array
public sealed class ExclusiveOrTests
#pragma warning restore CA1001
{
    private readonly FakeDisk _disk = new();
    private readonly Rig _rig;
    private readonly byte[] _old = Bytes(1), _new = Bytes(2);

    public ExclusiveOrTests()
    {
        _rig = new(_disk);
        _old.CopyTo(_disk.Bytes(3, 4));
    }

    [Fact]
    public void XPWRITE_leaves_the_exclusive_or()
    {
        _rig.Run(Cdbs.Ten(OperationCode.XpWrite10, 3, 4), _new).ShouldBeGood();
        Assert.Equal(Difference(), _disk.Bytes(3, 4).ToArray());
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x08)]
    [InlineData(0x04)]
    public void XDWRITEREAD_sends_the_exclusive_or_and_writes_unless_told_not_to(byte flags)
    {
        Outcome outcome = _rig.Run(Cdbs.Ten(OperationCode.XdWriteRead10, 3, 4, flags), _new);
        outcome.ShouldBeGood();
        Assert.Equal(Difference(), outcome.DataIn);
        Assert.Equal((2048u, 2048u), (outcome.DataOutWanted, outcome.DataInPlanned));
        Assert.Equal(flags == 0x04 ? _old : _new, _disk.Bytes(3, 4).ToArray());
        Assert.Equal(flags == 0x08 ? 1 : 0, _disk.ForcedWrites);
    }

    [Fact]
    public void XDWRITEREAD_of_less_data_counts_its_whole_blocks()
    {
        Outcome outcome = _rig.Run(Cdbs.Ten(OperationCode.XdWriteRead10, 3, 4), _new[..1500]);
        Assert.Equal(Difference()[..1024], outcome.DataIn);
        Assert.Equal([.. _new[..1024], .. _old[1024..]], _disk.Bytes(3, 4).ToArray());
    }

    [Theory]
    [InlineData(IoStatus.ReadError)]
    [InlineData(IoStatus.NoSpace)]
    public void What_fails_sends_nothing(IoStatus failure)
    {
        _disk.Failure = failure;
        Outcome outcome = _rig.Run(Cdbs.Ten(OperationCode.XdWriteRead10, 3, 1), _new[..512]);
        Assert.Equal((ScsiStatus.CheckCondition, 0), (outcome.Status, outcome.DataIn.Length));
    }

    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[4 * 512];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private byte[] Difference() => [.. _old.Zip(_new, static (left, right) => (byte)(left ^ right))];
}
