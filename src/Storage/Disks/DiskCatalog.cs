namespace Blockwire.Storage;

/// <summary>Opens disks by name. A new type of disk is one row in <see cref="Types"/>.</summary>
public static class DiskCatalog
{
    /// <summary>The table of disk types: the parser, its messages and <see cref="Open"/> read it.</summary>
    internal static readonly DiskType[] Types =
    [
        new("file", DiskBody.Path, ["size"], OpenFile),
        new("memory", DiskBody.Size, [], OpenMemory),
        new("null", DiskBody.Size, [], static spec => new NullDisk(WholeBlocks(spec), spec.BlockBytes)),
    ];

    /// <summary>
    /// Opens a disk, adds what its backend lacks (FUA by flush, zeros by writing), applies `readonly` and `thin`, and puts a guard before it.
    /// </summary>
    /// <param name="spec">What to open.</param>
    /// <param name="report">Told when the backend breaks its contract, see <see cref="GuardedDevice"/>.</param>
    /// <exception cref="DiskOpenException">The disk cannot be opened; the message is one line for the user.</exception>
    public static OpenDisk Open(DiskSpec spec, Action<DeviceFault>? report = null)
    {
        IBlockDevice device = spec.Type.Open(spec);
        if (device.Traits.ForceUnitAccess == Support.No) device = new ForceUnitAccessByFlush(device);
        if (device.Traits.WriteZeroes == Support.No) device = new ZeroesByWriting(device);
        if (spec.Thin == true && device.Traits.Unmap == Support.No) device = new UnmapByZeroes(device);
        if (spec.Thin == false) device = new ThickFilter(device);
        if (spec.ReadOnly && !device.Traits.ReadOnly) device = new ReadOnlyFilter(device);
        return new OpenDisk(spec, new GuardedDevice(device, report));
    }

    private static FileDisk OpenFile(DiskSpec spec) => FileDisk.Open(spec.Path!, new FileDiskOptions
    {
        ReadOnly = spec.ReadOnly,
        BlockBytes = spec.BlockBytes,
        CreateBytes = spec.SizeBytes,
        Preallocate = spec.Thin == false,
    });

    private static MemoryDisk OpenMemory(DiskSpec spec)
    {
        try
        {
            return new MemoryDisk(WholeBlocks(spec), spec.BlockBytes);
        }
        catch (Exception e) when (e is InsufficientMemoryException or OutOfMemoryException or OverflowException)
        {
            throw new DiskOpenException(spec.ToString(), "the system has no room for that much memory", "choose a smaller size or a file", e);
        }
    }

    private static ulong WholeBlocks(DiskSpec spec)
    {
        ulong bytes = spec.SizeBytes!.Value;
        if (bytes < spec.BlockBytes)
            throw new DiskOpenException(spec.ToString(), $"{bytes} bytes are too small for one block", $"choose at least {spec.BlockBytes} bytes");
        return bytes % spec.BlockBytes == 0
            ? bytes
            : throw new DiskOpenException(
                spec.ToString(), $"{bytes} bytes are not a multiple of the block size {spec.BlockBytes}", "choose a size that is");
    }
}
