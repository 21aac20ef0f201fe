using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Initiator.Tests.Disks;

/// <summary>Goal: the disk promises what the unit does, and every failure has the right name. Method: our device server, and scripted answers.</summary>
public sealed class LogicalUnitDiskTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Traits_are_those_of_the_unit()
    {
        await using UnitRig rig = new();
        LogicalUnitDisk disk = await LogicalUnitDisk.OpenAsync(await rig.OpenAsync());

        Assert.Equal((Support.Native, Support.Native, Support.Native), (disk.Traits.ForceUnitAccess, disk.Traits.Unmap, disk.Traits.WriteZeroes));
        Assert.Equal(rig.Disk.Traits.PhysicalBlockBytes, disk.Traits.PhysicalBlockBytes);
        Assert.False(disk.Traits.CompletesInline);
    }

    [Fact]
    public async Task A_write_protected_unit_is_a_read_only_disk()
    {
        await using UnitRig rig = new(disk: new ReadOnlyFilter(new MemoryDisk(1 << 20)));
        LogicalUnitDisk disk = await LogicalUnitDisk.OpenAsync(await rig.OpenAsync());

        Assert.True(disk.Traits.ReadOnly);
        Assert.Equal(Support.No, disk.Traits.Unmap);
    }

    [Fact]
    public async Task Blocks_that_read_as_anything_once_unmapped_are_not_unmapped()
    {
        await using UnitRig rig = new();
        rig.Executor.Answer = request => request.Cdb[0] == OperationCode.ServiceActionIn16 && request.Cdb[1] == ServiceAction.ReadCapacity16
            ? new(ScriptedExecutor.Good(new CapacityData16(8191, 512, 0, Provisioned: true, ReadsZeros: false).Write(request.DataIn.Span)))
            : null;

        Assert.Equal(Support.No, (await LogicalUnitDisk.OpenAsync(await rig.OpenAsync())).Traits.Unmap);
    }

    [Fact]
    public async Task Holes_are_seen()
    {
        await using UnitRig rig = new(16 << 20);
        LogicalUnitDisk disk = await LogicalUnitDisk.OpenAsync(await rig.OpenAsync());
        await disk.WriteAsync(16384, new byte[4096], false, None);

        Assert.Equal(ProvisioningState.Deallocated, (await disk.QueryExtentAsync(0, 100, None)).State);
        Assert.Equal(ProvisioningState.Mapped, (await disk.QueryExtentAsync(16384, 8, None)).State);
    }

    [Theory]
    [InlineData(520, "blocks of 512, 2048 or 4096 bytes")]
    [InlineData(0, "blocks of 0 bytes")]
    public async Task Units_that_are_no_disk_here_are_refused(uint blockBytes, string reason)
    {
        await using UnitRig rig = new();
        rig.Executor.Answer = request => request.Cdb[0] == OperationCode.ServiceActionIn16
            ? new(ScriptedExecutor.Good(new CapacityData16(8191, blockBytes, 0, false, false).Write(request.DataIn.Span)))
            : null;
        LogicalUnit unit = await rig.OpenAsync();

        Assert.Contains(reason, (await Assert.ThrowsAsync<DiskOpenException>(async () => await LogicalUnitDisk.OpenAsync(unit))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SenseKey.NotReady, 0x3A, 0, IoStatus.NotReady, IoStatus.NotReady)]
    [InlineData(SenseKey.NotReady, 0x04, 0x0C, IoStatus.NotReady, IoStatus.NotReady)]
    [InlineData(SenseKey.MediumError, 0x11, 0, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(SenseKey.HardwareError, 0x44, 0, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(SenseKey.DataProtect, 0x27, 0, IoStatus.ReadError, IoStatus.WriteProtected)]
    [InlineData(SenseKey.DataProtect, 0x27, 7, IoStatus.ReadError, IoStatus.NoSpace)]
    [InlineData(SenseKey.IllegalRequest, 0x21, 0, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(SenseKey.IllegalRequest, 0x25, 0, IoStatus.NotReady, IoStatus.NotReady)]
    [InlineData(SenseKey.AbortedCommand, 0x47, 5, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(SenseKey.UnitAttention, 0x29, 0, IoStatus.NotReady, IoStatus.NotReady)]
    public async Task Sense_becomes_an_outcome(SenseKey key, byte code, byte qualifier, IoStatus read, IoStatus written)
    {
        await using UnitRig rig = new();
        GuardedDevice disk = await OpenAsync(rig);
        rig.Executor.Answer = _ => new(ScriptedExecutor.Check(new SenseData(key, code, qualifier)));

        Assert.Equal(read, await disk.ReadAsync(0, new byte[512], None));
        Assert.Equal(written, await disk.WriteAsync(0, new byte[512], false, None));
        Assert.Equal(written == IoStatus.WriteProtected ? IoStatus.WriteError : written, await disk.FlushAsync(None));
    }

    [Theory]
    [InlineData(ScsiStatus.ReservationConflict, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(ScsiStatus.Busy, IoStatus.NotReady, IoStatus.NotReady)]
    [InlineData(ScsiStatus.CheckCondition, IoStatus.ReadError, IoStatus.WriteError)]
    public async Task Statuses_become_outcomes(ScsiStatus status, IoStatus read, IoStatus written)
    {
        await using UnitRig rig = new();
        rig.Time.Hurry = true;
        GuardedDevice disk = await OpenAsync(rig);
        rig.Executor.Answer = _ => new(new ScsiResult(status, 0));

        Assert.Equal(read, await disk.ReadAsync(0, new byte[512], None));
        Assert.Equal(written, await disk.WriteAsync(0, new byte[512], false, None));
    }

    [Theory]
    [InlineData(CommandFate.NotRun, IoStatus.NotReady, IoStatus.NotReady)]
    [InlineData(CommandFate.MayHaveRun, IoStatus.ReadError, IoStatus.WriteError)]
    public async Task Lost_commands_become_outcomes(CommandFate fate, IoStatus read, IoStatus written)
    {
        await using UnitRig rig = new();
        GuardedDevice disk = await OpenAsync(rig);
        rig.Executor.Answer = _ => new ValueTask<ScsiResult>(Task.FromException<ScsiResult>(new CommandLostException(fate, "gone")));

        Assert.Equal(read, await disk.ReadAsync(0, new byte[512], None));
        Assert.Equal(written, await disk.WriteAsync(0, new byte[512], false, None));
    }

    [Fact]
    public async Task A_medium_that_has_gone_is_an_outcome_and_no_defect()
    {
        await using UnitRig rig = new();
        GuardedDevice disk = await OpenAsync(rig);
        int attentions = 0;
        rig.Executor.Answer = request => Interlocked.Increment(ref attentions) == 1
            ? new(ScriptedExecutor.Check(Sense.MediumMayHaveChanged))
            : new(ScriptedExecutor.Check(Sense.MediumNotPresent));

        Assert.Equal(IoStatus.NotReady, await disk.ReadAsync(0, new byte[512], None));
        Assert.Equal(IoStatus.NotReady, await disk.ReadAsync(0, new byte[512], None));
    }

    [Fact]
    public async Task Whole_disks_close_what_they_own()
    {
        await using UnitRig rig = new();
        Owned owned = new();
        IBlockDevice disk = await LogicalUnitDisk.OpenWholeAsync(await rig.OpenAsync(), owned);
        await disk.DisposeAsync();

        Assert.True(owned.Disposed);
    }

    private static async Task<GuardedDevice> OpenAsync(UnitRig rig) =>
        new(await LogicalUnitDisk.OpenWholeAsync(await rig.OpenAsync()), fault => Assert.Fail($"{fault}"));

    private sealed class Owned : IAsyncDisposable
    {
        public bool Disposed { get; private set; }

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return default;
        }
    }
}
