namespace Blockwire.Storage;

/// <summary>A disk that is open, with the name it was opened by.</summary>
/// <param name="Spec">The name and options; `removable` and `serial` are for the SCSI layer.</param>
/// <param name="Device">The device behind its guard.</param>
public sealed record OpenDisk(DiskSpec Spec, GuardedDevice Device) : IAsyncDisposable
{
    /// <summary>What tells this medium from any other, see <see cref="DiskMedium"/>.</summary>
    public string? Identity { get; init; }

    /// <summary>Closes the device. It is not flushed: do that first, where the answer can still be told.</summary>
    public ValueTask DisposeAsync() => Device.DisposeAsync();
}
