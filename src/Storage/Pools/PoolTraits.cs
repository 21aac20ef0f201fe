namespace Blockwire.Storage;

/// <summary>What holds for the traits of every pool: the least that all members offer.</summary>
internal static class PoolTraits
{
    /// <summary>The traits that members have in common; size and inline completion are for the pool to say.</summary>
    public static DeviceTraits Common(IEnumerable<DeviceTraits> members) => members.Aggregate(static (a, b) => new DeviceTraits(
        a.BlockBytes,
        Math.Min(a.BlockCount, b.BlockCount),
        Least(a.ForceUnitAccess, b.ForceUnitAccess),
        Least(a.Unmap, b.Unmap),
        Least(a.WriteZeroes, b.WriteZeroes),
        a.ReadOnly || b.ReadOnly,
        a.CompletesInline && b.CompletesInline,
        Math.Max(a.PhysicalBlockBytes, b.PhysicalBlockBytes),
        Math.Max(a.UnmapGranularityBlocks, b.UnmapGranularityBlocks)));

    /// <summary>Stands for members of which none is there.</summary>
    public static readonly DeviceTraits None = new(512, 1, Support.Native, Support.Native, Support.Native, ReadOnly: false, CompletesInline: false, 512, 1);

    /// <summary>Refuses members whose blocks differ in size.</summary>
    /// <exception cref="DiskOpenException">They do.</exception>
    public static void CheckBlocks(DiskSpec pool, IReadOnlyList<(DiskSpec Spec, DeviceTraits Traits)> members)
    {
        (DiskSpec first, DeviceTraits traits) = members[0];
        foreach ((DiskSpec spec, DeviceTraits other) in members)
        {
            if (other.BlockBytes == traits.BlockBytes) continue;
            throw new DiskOpenException(
                pool.ToString(),
                $"{first} has blocks of {traits.BlockBytes} bytes and {spec} of {other.BlockBytes}",
                "give all members the same with ?block=512 or ?block=4096");
        }
    }

    /// <summary>Refuses members that are more than a pool can be: those that keep protection information, which it would lose, and drives with media that come and go.</summary>
    /// <exception cref="DiskOpenException">One is.</exception>
    public static void CheckMembers(DiskSpec pool)
    {
        if (pool.Members.FirstOrDefault(static member => member.IsCdDvd) is { } drive)
            throw new DiskOpenException(pool.ToString(), $"{drive} is a CD/DVD drive, and a pool is made of disks", "name the image as file: with readonly, or share it alone");
        if (pool.Members.FirstOrDefault(static member => member.Protection is not null) is { } member)
            throw new DiskOpenException(pool.ToString(), $"{member} keeps protection information, which a pool would lose", "drop protection from its options, or share it alone");
    }

    private static Support Least(Support a, Support b) => a < b ? a : b;
}
