namespace Blockwire.Storage.Tests;

// Disks that keep protection information are disks as any other.

public sealed class SeparateMemoryContract : DeviceContract
{
    protected override IBlockDevice Create() => Stores.Memory(LengthBytes / BlockBytes, BlockBytes);
}

public sealed class SeparateMemory4096Contract : DeviceContract
{
    protected override uint BlockBytes => 4096;

    protected override IBlockDevice Create() => Stores.Memory(LengthBytes / BlockBytes, BlockBytes);
}

public sealed class SeparateFileContract : DeviceContract
{
    private readonly TemporaryFile _file = new();

    protected override IBlockDevice Create() => ProtectedFile.Open(DiskSpec.Parse($"{_file.Path}?size={LengthBytes}&protection=1"));

    protected override void CleanUp()
    {
        File.Delete(_file.Path + ".pi");
        _file.Dispose();
    }
}

public sealed class InlineFileContract : DeviceContract
{
    private readonly TemporaryFile _file = new();

    protected override IBlockDevice Create() => ProtectedFile.Open(DiskSpec.Parse($"{_file.Path}?size={LengthBytes}&protection=1&protection-store=inline"));

    protected override void CleanUp() => _file.Dispose();
}

public sealed class InlineFile4096Contract : DeviceContract
{
    private readonly TemporaryFile _file = new();

    protected override uint BlockBytes => 4096;

    protected override IBlockDevice Create() =>
        ProtectedFile.Open(DiskSpec.Parse($"{_file.Path}?size={LengthBytes}&block=4096&protection=2&protection-store=inline"));

    protected override void CleanUp() => _file.Dispose();
}

internal static class Stores
{
    public static SeparateProtectionDisk Memory(ulong blockCount, uint blockBytes = 512) =>
        new(new MemoryDisk(blockCount * blockBytes, blockBytes), MemoryDisk.OfRecords(blockCount, DeviceTraits.ProtectionBytes));
}
