namespace Blockwire.Storage;

/// <summary>
/// The table of disk types: reads disks' names and opens them. A new type of disk below this layer is one row in <see cref="OwnTypes"/>; layers
/// above bring theirs to the constructor.
/// </summary>
public sealed class DiskCatalog
{
    private static readonly DiskType[] OwnTypes =
    [
        new("file", DiskBody.Path, OpenFile) { OwnOptions = [DiskOption.Size, DiskOption.Protection, DiskOption.ProtectionStore] },
        new("memory", DiskBody.Size, OpenMemory) { OwnOptions = [DiskOption.Protection], IsVolatile = true },
        new("null", DiskBody.Size, static (spec, _, _, _) => new(new DiskMedium(new NullDisk(WholeBlocks(spec), spec.BlockBytes)))) { IsVolatile = true },
        CdDvdDisk.Type,
        StripeOpening.Type,
        MirrorOpening.Type,
    ];

    private readonly DiskType[] _types;

    /// <summary>Makes the catalogue of this layer's types and of others.</summary>
    /// <param name="others">Types of layers above.</param>
    /// <exception cref="ArgumentException">Two types have one scheme.</exception>
    public DiskCatalog(params IEnumerable<DiskType> others)
    {
        _types = [.. OwnTypes, .. others];
        if (_types.DistinctBy(type => type.Scheme).Count() != _types.Length) throw new ArgumentException("two types have one scheme", nameof(others));
    }

    /// <summary>Every type, in the order in which messages name them.</summary>
    public IReadOnlyList<DiskType> Types => _types;

    /// <summary>Reads a disk's name and options.</summary>
    /// <exception cref="DiskSpecException">It names no disk; the message names the part that is wrong and what is allowed.</exception>
    public DiskSpec Parse(string text) => new DiskSpecParser(_types).Parse(text);

    /// <summary>The text with more options, joined by what it takes: `?` or `&amp;`.</summary>
    public string WithOptions(string text, string options) => text + (new DiskSpecParser(_types).HasOptions(text) ? '&' : '?') + options;

    /// <summary>
    /// Opens a disk, adds what its backend lacks (FUA by flush, zeros by writing), applies `readonly` and `thin`, and puts a guard before it.
    /// </summary>
    /// <param name="spec">What to open.</param>
    /// <param name="opening">The clock, and who is told of what.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DiskOpenException">The disk cannot be opened; the message is one line for the user.</exception>
    public async ValueTask<OpenDisk> OpenAsync(DiskSpec spec, DiskOpening? opening = null, CancellationToken cancellationToken = default)
    {
        opening ??= new DiskOpening();
        cancellationToken.ThrowIfCancellationRequested();
        DiskMedium medium = await spec.Type.Open(spec, this, opening, cancellationToken).ConfigureAwait(false);
        IBlockDevice device = medium.Device;
        if (device.Traits.ForceUnitAccess == Support.No) device = new ForceUnitAccessByFlush(device);
        if (device.Traits.WriteZeroes == Support.No) device = new ZeroesByWriting(device);
        if (spec.Thin == true && device.Traits.Unmap == Support.No) device = new UnmapByZeroes(device);
        if (spec.Thin == false) device = new ThickFilter(device);
        if (spec.ReadOnly && !device.Traits.ReadOnly) device = new ReadOnlyFilter(device);
        Action<DiskSpec, DeviceFault>? fault = opening.Fault;
        return new OpenDisk(spec, new GuardedDevice(device, fault is null ? null : it => fault(spec, it))) { Identity = medium.Identity };
    }

    private static ValueTask<DiskMedium> OpenFile(DiskSpec spec, DiskCatalog catalog, DiskOpening opening, CancellationToken cancellationToken)
    {
        return new(new DiskMedium(ProtectedFile.Open(spec), FileIdentity.Of(spec.Path!)));
    }

    private static ValueTask<DiskMedium> OpenMemory(DiskSpec spec, DiskCatalog catalog, DiskOpening opening, CancellationToken cancellationToken)
    {
        try
        {
            MemoryDisk disk = new(WholeBlocks(spec), spec.BlockBytes);
            return new(new DiskMedium(spec.Protection is null
                ? disk
                : new SeparateProtectionDisk(disk, MemoryDisk.OfRecords(disk.Traits.BlockCount, DeviceTraits.ProtectionBytes))));
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
