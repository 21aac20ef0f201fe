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

/// <summary>A disk as its spec opens it, with files of its own: `{0}`, `{1}` and so on in the spec.</summary>
public abstract class PoolContract(string spec) : DeviceContract
{
    private readonly List<TemporaryFile> _files = [];

    protected override IBlockDevice Create()
    {
        _files.AddRange(Enumerable.Range(0, 4).Select(static _ => new TemporaryFile()));
        string text = string.Format(System.Globalization.CultureInfo.InvariantCulture, spec, [.. _files.Select(static it => it.Path)]);
        return new DiskCatalog().OpenAsync(DiskSpec.Parse(text)).AsTask().GetAwaiter().GetResult().Device;
    }

    protected override void CleanUp() => _files.ForEach(static file =>
    {
        File.Delete(file.Path + ".mirror");
        File.Delete(file.Path + ".mirror.mirror");
        file.Dispose();
    });
}

public sealed class StripeOfMemoryContract() : PoolContract("stripe:(memory:2M,memory:2M)");

public sealed class StripeOfUnequalMembersContract() : PoolContract("stripe:(memory:1M,memory:1049088,memory:2M,memory:1028K)?chunk=8K");

public sealed class StripeOfFilesContract() : PoolContract("stripe:({0}?size=2M,{1}?size=2M)?chunk=512");

public sealed class Stripe4096Contract() : PoolContract("stripe:(memory:2M?block=4096,{0}?size=2M&block=4096)?chunk=16K")
{
    protected override uint BlockBytes => 4096;
}

public sealed class MirrorOfMemoryContract() : PoolContract("mirror:(memory:4M,memory:5M,memory:4M)");

public sealed class MirrorOfFilesContract() : PoolContract("mirror:({0}?size=4M,{1}?size=4M)");

public sealed class StripeOfMirrorsContract() : PoolContract("stripe:(mirror:({0}?size=2M,memory:2M),mirror:({1}?size=2M,{2}?size=2M))");

public sealed class MirrorOfStripesContract() : PoolContract("mirror:(stripe:({0}?size=2M,{1}?size=2M),mirror:({2}?size=4M,memory:4M))");

public sealed class StripeOfStripesContract() : PoolContract("stripe:(stripe:(memory:1M,memory:1M)?chunk=4K,memory:2M)?chunk=32K");
