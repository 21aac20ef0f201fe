namespace Blockwire.Storage;

/// <summary>How a member of a mirror stands.</summary>
public enum MirrorMemberState
{
    /// <summary>It has everything that was acknowledged.</summary>
    InSync = 1,

    /// <summary>It is away, or failed: it misses what was written since.</summary>
    Out = 2,

    /// <summary>It is back and gets what it misses; new writes go to it too.</summary>
    Resyncing = 3,
}

/// <summary>What a mirror's state says of one member.</summary>
internal sealed class MirrorMemberRecord(int regions)
{
    public MirrorMemberState State { get; set; } = MirrorMemberState.InSync;

    /// <summary>The generation that first said that it is out.</summary>
    public ulong LeftAt { get; set; }

    /// <summary>What tells its medium from others; empty when nothing does.</summary>
    public string Identity { get; set; } = "";

    /// <summary>Regions in which it may differ from the members that are in sync.</summary>
    public RegionMap Stale { get; init; } = new(regions);

    public MirrorMemberRecord Copy() => new(0) { State = State, LeftAt = LeftAt, Identity = Identity, Stale = Stale.Copy() };
}

/// <summary>The state of a mirror as it is kept on stable storage: who is in sync, who misses what, and where writes may be on their way.</summary>
internal sealed class MirrorRecord
{
    public const ulong LeastRegionBytes = 1 << 20;
    public const int MostRegions = 1 << 14;

    private MirrorRecord(Guid mirror, uint blockBytes, ulong blockCount, ulong regionBlocks, int members)
    {
        (Mirror, BlockBytes, BlockCount, RegionBlocks) = (mirror, blockBytes, blockCount, regionBlocks);
        Regions = RegionsFor(blockCount, regionBlocks);
        Intent = new RegionMap(Regions);
        Members = new MirrorMemberRecord[members];
        for (int i = 0; i < members; i++) Members[i] = new MirrorMemberRecord(Regions);
    }

    /// <summary>Tells this mirror from all others.</summary>
    public Guid Mirror { get; }

    /// <summary>Counts what was put on stable storage.</summary>
    public ulong Generation { get; set; }

    /// <summary>Whose copy it is: a member's number from 0, or -1 when it lies apart from all.</summary>
    public int Owner { get; set; } = -1;

    public uint BlockBytes { get; }

    public ulong BlockCount { get; }

    public ulong RegionBlocks { get; }

    public int Regions { get; }

    /// <summary>Regions with writes that may have reached some members and not others, or not their stable storage.</summary>
    public RegionMap Intent { get; private init; }

    public MirrorMemberRecord[] Members { get; private init; }

    /// <summary>The state of a new mirror, with regions of a size that keeps the state small.</summary>
    public static MirrorRecord Create(Guid mirror, uint blockBytes, ulong blockCount, int members)
    {
        ulong regionBlocks = LeastRegionBytes / blockBytes;
        while ((blockCount + regionBlocks - 1) / regionBlocks > MostRegions) regionBlocks *= 2;
        return new MirrorRecord(mirror, blockBytes, blockCount, regionBlocks, members);
    }

    /// <summary>A state with everything unset; null when the numbers are none of a mirror.</summary>
    public static MirrorRecord? TryCreate(Guid mirror, uint blockBytes, ulong blockCount, ulong regionBlocks, int members) =>
        BlockGeometry.IsBlockSize(blockBytes) && members is >= 2 and <= 64
            && blockCount is > 0 && blockCount <= BlockGeometry.MaxLengthBytes / blockBytes
            && ulong.IsPow2(regionBlocks) && regionBlocks <= blockCount + (1UL << 40) && (blockCount - 1) / regionBlocks < MostRegions
            ? new MirrorRecord(mirror, blockBytes, blockCount, regionBlocks, members)
            : null;

    public MirrorRecord Copy() => new(Mirror, BlockBytes, BlockCount, RegionBlocks, Members.Length)
    {
        Generation = Generation,
        Owner = Owner,
        Intent = Intent.Copy(),
        Members = Array.ConvertAll(Members, static member => member.Copy()),
    };

    private static int RegionsFor(ulong blockCount, ulong regionBlocks) => (int)((blockCount + regionBlocks - 1) / regionBlocks);
}
