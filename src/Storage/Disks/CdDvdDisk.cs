namespace Blockwire.Storage;

/// <summary>The row of the catalogue for images of CDs and DVDs, `cdrom:PATH`.</summary>
internal static class CdDvdDisk
{
    /// <summary>Bytes in a block.</summary>
    public const uint BlockBytes = 2048;

    public static DiskType Type { get; } = new("cdrom", DiskBody.Path, Open)
    {
        IsCdDvd = true,
        OwnOptions = [OnlyOn("readonly", "a CD is never written"), OnlyOn("removable", "a CD can always be ejected")],
        WithoutOptions = ["readonly", "removable", "block", "thin"],
    };

    /// <summary>An option that says what is so anyway.</summary>
    private static DiskOption OnlyOn(string name, string why) =>
        new(name, $"{name} or {name}=on, since {why}", static (_, value) => (value ?? "on").Equals("on", StringComparison.OrdinalIgnoreCase));

    private static ValueTask<DiskMedium> Open(DiskSpec spec, DiskCatalog catalog, DiskOpening opening, CancellationToken cancellationToken)
    {
        if (spec.IsEmpty)
        {
            // Stands for the kind of medium that the drive takes; nothing reads it.
            return new(new DiskMedium(new ReadOnlyFilter(new NullDisk(BlockBytes, BlockBytes))));
        }

        try
        {
            return new(new DiskMedium(FileDisk.Open(spec.Path!, new FileDiskOptions { ReadOnly = true, BlockBytes = BlockBytes }), FileIdentity.Of(spec.Path!)));
        }
        catch (DiskOpenException refusal)
        {
            throw new DiskOpenException(spec.ToString(), refusal.Problem, refusal.Advice, refusal.InnerException);
        }
    }
}
