using Blockwire.Scsi.Device;
using Blockwire.Storage;

namespace Blockwire.Initiator.Tests.Fakes;

/// <summary>A memory disk behind our device server, the script in front of it, and the clock of the initiator.</summary>
internal sealed class UnitRig : IAsyncDisposable
{
    public const string TargetName = "iqn.2026-11.local.blockwire:disk";

    public UnitRig(ulong bytes = 4 << 20, uint blockBytes = 512, bool thin = true, IBlockDevice? disk = null, bool removable = false,
        LogicalUnitType type = LogicalUnitType.Disk)
    {
        Disk = disk ?? new MemoryDisk(bytes, blockBytes);
        Unit = new Scsi.Device.LogicalUnit(0, Disk, new LogicalUnitOptions { Identity = TargetName + "/0", Thin = thin, Removable = removable, Type = type });
        Target = new ScsiTargetDevice(TargetName, [Unit]);
        Executor = new ScriptedExecutor(new DeviceExecutor(Target));
    }

    public IBlockDevice Disk { get; }

    public Scsi.Device.LogicalUnit Unit { get; }

    public ScsiTargetDevice Target { get; }

    public ScriptedExecutor Executor { get; }

    public ManualTime Time { get; } = new();

    public LogicalUnitSettings Settings => new() { Name = "disk", Time = Time };

    public ValueTask<LogicalUnit> OpenAsync() => LogicalUnit.OpenAsync(Executor, Settings);

    public ValueTask DisposeAsync() => Disk.DisposeAsync();
}
