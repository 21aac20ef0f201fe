namespace Blockwire.Storage;

/// <summary>What disks need from whoever opens them, beyond their specs.</summary>
public sealed class DiskOpening
{
    /// <summary>The clock of disks that wait and retry.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told when a backend breaks its contract, see <see cref="GuardedDevice"/>; called on the thread that found it.</summary>
    public Action<DiskSpec, DeviceFault>? Fault { get; init; }

    /// <summary>Told of what happens to the members of mirrors; called one event at a time for each mirror. It must not block.</summary>
    public Action<MirrorEvent>? Mirror { get; init; }
}
