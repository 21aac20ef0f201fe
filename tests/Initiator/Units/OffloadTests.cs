using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;

namespace Blockwire.Initiator.Tests.Units;

/// <summary>Goal: the typed operations that have the target compare, combine and copy do so at our own device server. Method: a memory disk behind it.</summary>
public sealed class OffloadTests
{
    [Fact]
    public async Task Compare_and_write()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        byte[] zeros = new byte[1024], ones = Filled(1024, 1);
        Assert.True((await unit.CompareAndWriteAsync(5, zeros, ones)).IsSame);
        Assert.Equal(new BlockComparison(false, 0), await unit.CompareAndWriteAsync(5, zeros, ones, forceUnitAccess: true));
        Assert.Equal(ones, await ReadAsync(unit, 5, 1024));
    }

    [Fact]
    public async Task Or_write_and_write_atomic()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        await unit.WriteAtomicAsync(7, Filled(1024, 0x10));
        await unit.OrWriteAsync(7, Filled(1024, 0x01));
        Assert.Equal(Filled(1024, 0x11), await ReadAsync(unit, 7, 1024));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copy(bool longListIdentifier)
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        await unit.WriteAsync(100, Filled(2048, 9));
        CopyLimits limits = await unit.ReadCopyLimitsAsync();
        Assert.Contains((byte)0x02, limits.DescriptorTypes);
        await unit.CopyAsync(new CopyParameters(3, [unit.AsCopyDisk()], [new CopySegment(0, 0, 4, 100, 1000)]), longListIdentifier);
        Assert.Equal(Filled(2048, 9), await ReadAsync(unit, 1000, 2048));
        ScsiException refused = await Assert.ThrowsAsync<ScsiException>(async () =>
            await unit.CopyAsync(new CopyParameters(3, [unit.AsCopyDisk()], [new CopySegment(0, 0, 4, 100, ulong.MaxValue)]), longListIdentifier));
        Assert.Equal(SenseKey.CopyAborted, SenseData.Parse(refused.Result.Sense.Span)?.Key);
    }

    private static async Task<byte[]> ReadAsync(LogicalUnit unit, ulong lba, int length)
    {
        byte[] data = new byte[length];
        await unit.ReadAsync(lba, data);
        return data;
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] data = new byte[length];
        data.AsSpan().Fill(value);
        return data;
    }
}
