namespace Blockwire.Storage;

/// <summary>Opens the file of a disk, with its protection information where it keeps any.</summary>
internal static class ProtectedFile
{
    private const uint RecordBytes = DeviceTraits.ProtectionBytes;

    /// <summary>Opens or creates what a spec names.</summary>
    /// <exception cref="DiskOpenException">It cannot be opened; the message is one line for the user.</exception>
    public static IBlockDevice Open(DiskSpec spec)
    {
        string beside = spec.Path + DiskSpec.ProtectionSuffix;
        if (spec.Protection is null)
        {
            // Whoever writes such an image without its protection information makes the latter wrong.
            if (spec.ProtectionStore is not null) throw new DiskOpenException(spec.ToString(), "protection-store says where, but not what", "add protection=0, 1, 2 or 3");
            if (!spec.ReadOnly && File.Exists(beside))
                throw new DiskOpenException(spec.ToString(), $"{beside} keeps protection information of it", "add protection=0, 1, 2 or 3, or move that file away");
            return FileDisk.Open(spec.Path!, Options(spec, spec.BlockBytes, spec.SizeBytes));
        }
        return spec.ProtectionStore == DiskSpec.InlineProtection ? OpenInline(spec) : OpenSeparate(spec, spec.ProtectionStore ?? beside);
    }

    private static InlineProtectionDisk OpenInline(DiskSpec spec)
    {
        uint sectorBytes = spec.BlockBytes + RecordBytes;
        ulong? lengthBytes = null;
        if (spec.SizeBytes is { } bytes)
        {
            if (bytes < spec.BlockBytes || bytes % spec.BlockBytes != 0 || bytes / spec.BlockBytes > (ulong)long.MaxValue / sectorBytes)
            {
                throw new DiskOpenException(
                    spec.ToString(), $"{bytes} bytes are no number of whole blocks of {spec.BlockBytes} bytes that a file can hold", "choose another size");
            }
            lengthBytes = bytes / spec.BlockBytes * sectorBytes;
        }
        return new InlineProtectionDisk(FileDisk.Open(spec.Path!, Options(spec, sectorBytes, lengthBytes)));
    }

    private static SeparateProtectionDisk OpenSeparate(DiskSpec spec, string path)
    {
        bool isNew = !File.Exists(spec.Path);
        if (isNew && File.Exists(path))
            throw new DiskOpenException(spec.ToString(), $"{path} keeps protection information of another disk, which is gone", "move that file away");
        FileDisk data = FileDisk.Open(spec.Path!, Options(spec, spec.BlockBytes, spec.SizeBytes));
        try
        {
            if (spec.ProtectionStore is null && spec.Path!.StartsWith("/dev/", StringComparison.Ordinal))
                throw new DiskOpenException(spec.ToString(), "beside a device nothing lasts", "name a file for its protection information with protection-store=FILE");
            return new SeparateProtectionDisk(data, OpenRecords(spec, path, data.Traits.BlockCount * RecordBytes));
        }
        catch
        {
            data.DisposeAsync().AsTask().GetAwaiter().GetResult();      // nothing runs there yet, so this does not wait
            throw;
        }
    }

    private static FileDisk OpenRecords(DiskSpec spec, string path, ulong lengthBytes)
    {
        if (File.Exists(path) && (ulong)new FileInfo(path).Length != lengthBytes)
        {
            throw new DiskOpenException(
                spec.ToString(),
                $"{path} has {new FileInfo(path).Length} bytes of protection information and not {lengthBytes}: it is that of another disk, or was cut short",
                "name the right file with protection-store=FILE, or move this one away, which leaves the blocks without");
        }
        return FileDisk.Open(path, Options(spec, RecordBytes, lengthBytes));
    }

    private static FileDiskOptions Options(DiskSpec spec, uint blockBytes, ulong? createBytes) => new()
    {
        ReadOnly = spec.ReadOnly,
        BlockBytes = blockBytes,
        CreateBytes = createBytes,
        Preallocate = spec.Thin == false,
    };
}
