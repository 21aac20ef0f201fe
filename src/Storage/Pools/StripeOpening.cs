namespace Blockwire.Storage;

/// <summary>Opens `stripe:(DISK,DISK)`.</summary>
internal static class StripeOpening
{
    private const string ChunkName = "chunk";
    private const ulong DefaultChunkBytes = 64 << 10, MostChunkBytes = 1UL << 30;

    public static readonly DiskType Type = new("stripe", DiskBody.Members, OpenAsync)
    {
        // The members' blocks are the pool's.
        WithoutOptions = ["block"],
        OwnOptions = [DiskOption.Own(ChunkName, "chunk=SIZE with SIZE being a power of two from 512 to 1G, such as 64K", static text => TryReadChunk(text, out _))],
    };

    private static async ValueTask<DiskMedium> OpenAsync(DiskSpec spec, DiskCatalog catalog, DiskOpening opening, CancellationToken cancellationToken)
    {
        PoolTraits.CheckMembers(spec);
        if (spec.ReadOnly) spec.MakeReadOnly();
        List<OpenDisk> members = [];
        try
        {
            foreach (DiskSpec member in spec.Members) members.Add(await catalog.OpenAsync(member, opening, cancellationToken).ConfigureAwait(false));
            PoolTraits.CheckBlocks(spec, members.ConvertAll(static it => (it.Spec, it.Device.Traits)));
            ulong chunkBytes = DefaultChunkBytes;
            if (spec.OwnOptions.TryGetValue(ChunkName, out string? text)) TryReadChunk(text, out chunkBytes);
            CheckChunk(spec, members, chunkBytes);
            return new DiskMedium(new StripeDisk(members.ConvertAll(static IBlockDevice (it) => it.Device), chunkBytes));
        }
        catch
        {
            foreach (OpenDisk member in members) await member.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static bool TryReadChunk(string? text, out ulong bytes)
    {
        bytes = 0;
        return text is not null && DiskSize.TryParse(text, out bytes) && bytes is >= 512 and <= MostChunkBytes && ulong.IsPow2(bytes);
    }

    private static void CheckChunk(DiskSpec spec, List<OpenDisk> members, ulong chunkBytes)
    {
        if (chunkBytes < members[0].Device.Traits.BlockBytes)
            throw new DiskOpenException(spec.ToString(), $"a chunk of {chunkBytes} bytes is smaller than a block", $"choose chunk={members[0].Device.Traits.BlockBytes} or more");
        OpenDisk smallest = members.MinBy(static it => it.Device.Traits.LengthBytes)!;
        if (smallest.Device.Traits.LengthBytes < chunkBytes)
            throw new DiskOpenException(spec.ToString(), $"{smallest.Spec} is smaller than a chunk of {DiskSize.Format(chunkBytes)}", "choose a smaller chunk or a larger member");
        ulong perMember = smallest.Device.Traits.LengthBytes / chunkBytes * chunkBytes;
        if (perMember > BlockGeometry.MaxLengthBytes / (ulong)members.Count)
            throw new DiskOpenException(spec.ToString(), $"together the members have more than {DiskSize.Format(BlockGeometry.MaxLengthBytes)}", "take fewer or smaller ones");
    }
}
