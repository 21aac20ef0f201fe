namespace Blockwire.Storage;

/// <summary>A place on a member of a stripe.</summary>
/// <param name="Member">Which member.</param>
/// <param name="Lba">Block on the member.</param>
/// <param name="BlocksLeft">Blocks from there to the end of the chunk.</param>
internal readonly record struct StripePlace(int Member, ulong Lba, ulong BlocksLeft);

/// <summary>
/// Where the blocks of a stripe are: chunk 0 is on member 0, chunk 1 on member 1 and so on in turn, each member's chunks one behind the other.
/// </summary>
/// <param name="members">How many members there are.</param>
/// <param name="chunkBlocks">Blocks in a chunk.</param>
internal readonly struct StripeLayout(int members, ulong chunkBlocks)
{
    /// <summary>Blocks of a stripe whose smallest member has as many: whole chunks on every member.</summary>
    public ulong BlockCount(ulong smallestMember) => smallestMember / chunkBlocks * chunkBlocks * (ulong)members;

    /// <summary>Where a block is.</summary>
    public StripePlace Find(ulong lba)
    {
        (ulong chunk, ulong within) = Math.DivRem(lba, chunkBlocks);
        (ulong row, ulong member) = Math.DivRem(chunk, (ulong)members);
        return new StripePlace((int)member, (row * chunkBlocks) + within, chunkBlocks - within);
    }

    /// <summary>Which block of the stripe a member's block is.</summary>
    public ulong ToStripe(int member, ulong lba)
    {
        (ulong row, ulong within) = Math.DivRem(lba, chunkBlocks);
        return (((row * (ulong)members) + (ulong)member) * chunkBlocks) + within;
    }

    /// <summary>First block of a member that is block <paramref name="lba"/> of the stripe or behind it.</summary>
    public ulong FirstOn(int member, ulong lba)
    {
        (ulong chunk, ulong within) = Math.DivRem(lba, chunkBlocks);
        (ulong row, ulong at) = Math.DivRem(chunk, (ulong)members);
        return ((ulong)member < at ? row + 1 : row) * chunkBlocks + ((ulong)member == at ? within : 0);
    }

    /// <summary>What of a range is on a member: always one range there.</summary>
    public (ulong Lba, ulong BlockCount) RangeOn(int member, ulong lba, ulong blockCount)
    {
        ulong first = FirstOn(member, lba);
        return (first, FirstOn(member, lba + blockCount) - first);
    }
}
