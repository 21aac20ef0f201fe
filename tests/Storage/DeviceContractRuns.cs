namespace Blockwire.Storage.Tests;

// One class for every backend and every stack of filters that the contract holds for.

public sealed class MemoryDiskContract : DeviceContract
{
    protected override IBlockDevice Create() => new MemoryDisk(LengthBytes);
}

public sealed class MemoryDisk4096Contract : DeviceContract
{
    protected override uint BlockBytes => 4096;

    protected override IBlockDevice Create() => new MemoryDisk(LengthBytes, BlockBytes);
}

public sealed class NullDiskContract : DeviceContract
{
    protected override bool Keeps => false;

    protected override IBlockDevice Create() => new NullDisk(LengthBytes);
}

public abstract class FileDiskContract : DeviceContract
{
    private readonly List<TemporaryFile> _files = [];

    protected FileDisk Open(FileDiskOptions options, string? directory = null)
    {
        TemporaryFile file = new(directory);
        _files.Add(file);
        return FileDisk.Open(file.Path, options with { CreateBytes = LengthBytes, BlockBytes = BlockBytes });
    }

    protected override void CleanUp() => _files.ForEach(file => file.Dispose());
}

public sealed class OrdinaryFileContract : FileDiskContract
{
    protected override IBlockDevice Create() => Open(new FileDiskOptions());
}

public sealed class OrdinaryFile4096Contract : FileDiskContract
{
    protected override uint BlockBytes => 4096;

    protected override IBlockDevice Create() => Open(new FileDiskOptions { Preallocate = true });
}

public sealed class PortableFileContract : FileDiskContract
{
    protected override IBlockDevice Create() => Open(new FileDiskOptions { Portable = true });
}

/// <summary>On a machine without tmpfs this is the ordinary file once more.</summary>
public sealed class FileInMemoryContract : FileDiskContract
{
    protected override IBlockDevice Create() =>
        Open(new FileDiskOptions(), Directory.Exists(TemporaryFile.MemoryDirectory) ? TemporaryFile.MemoryDirectory : null);
}

/// <summary>Calls without waiting that move 700 bytes at most: what is left must go on where they ended.</summary>
public sealed class ShortCallsContract : FileDiskContract
{
    protected override IBlockDevice Create() => Open(new FileDiskOptions { Wrap = calls => new ObservedCalls(calls) { NowLimit = 700 } });
}

/// <summary>A backend that only reads, writes and flushes, with everything else made up by filters.</summary>
public sealed class EmulationsContract : DeviceContract
{
    protected override IBlockDevice Create() =>
        new UnmapByZeroes(new ZeroesByWriting(new ForceUnitAccessByFlush(new BareDevice(new MemoryDisk(LengthBytes)))));
}

public sealed class ThickContract : DeviceContract
{
    protected override IBlockDevice Create() => new ThickFilter(new MemoryDisk(LengthBytes));
}

public sealed class IdleFiltersContract : DeviceContract
{
    protected override IBlockDevice Create() => new CountingFilter(new ErrorFilter(new CorruptFilter(
        new DelayFilter(new MemoryDisk(LengthBytes), TimeSpan.Zero, TimeSpan.Zero, TimeProvider.System))));
}

public sealed class GuardOnGuardContract : DeviceContract
{
    protected override IBlockDevice Create() => new GuardedDevice(new MemoryDisk(LengthBytes));
}
