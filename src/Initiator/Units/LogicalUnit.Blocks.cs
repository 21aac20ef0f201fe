using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>The outcome of a comparison at the target.</summary>
/// <param name="IsSame">Everything was equal.</param>
/// <param name="Information">What the target says of the place: the first block that differs (VERIFY), or the offset of the first byte (COMPARE AND WRITE). Null when it does not.</param>
public readonly record struct BlockComparison(bool IsSame, ulong? Information);

/// <summary>Verification, provisioning, and writes that are more than writes.</summary>
public sealed partial class LogicalUnit
{
    private const uint MostWriteSame = ushort.MaxValue;
    private const int MostRangesOfAList = 4095;
    private volatile bool _lacksWriteSame16;

    /// <summary>VERIFY: can the blocks be read?</summary>
    public async ValueTask VerifyAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken = default)
    {
        while (blockCount > 0)
        {
            uint blocks = (uint)Math.Min(blockCount, MostTransferBlocks);
            await VerifyPieceAsync(lba, blocks, ByteCheckMode.Readable, default, cancellationToken).ConfigureAwait(false);
            lba += blocks;
            blockCount -= blocks;
        }
    }

    /// <summary>VERIFY with BYTCHK 01b: does the unit have this data?</summary>
    public async ValueTask<BlockComparison> VerifyAsync(ulong lba, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        while (!data.IsEmpty)
        {
            uint blocks = Math.Min(WholeBlocks(data.Length), MostTransferBlocks);
            int bytes = (int)(blocks * BlockBytes);
            BlockComparison piece = await VerifyPieceAsync(lba, blocks, ByteCheckMode.Each, data[..bytes], cancellationToken).ConfigureAwait(false);
            if (!piece.IsSame)
            {
                return piece;
            }

            lba += blocks;
            data = data[bytes..];
        }

        return new BlockComparison(true, null);
    }

    /// <summary>COMPARE AND WRITE: writes only if the unit has the expected data, with nothing of others in between. Never split.</summary>
    /// <param name="lba">First block.</param>
    /// <param name="expected">What the unit should have.</param>
    /// <param name="written">What it has then; as long.</param>
    /// <param name="forceUnitAccess">FUA.</param>
    /// <param name="cancellationToken">Aborts it; it may have written then.</param>
    public async ValueTask<BlockComparison> CompareAndWriteAsync(
        ulong lba, ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> written, bool forceUnitAccess = false, CancellationToken cancellationToken = default)
    {
        uint blocks = WholeBlocks(expected.Length);
        uint most = _facts.Limits is { MaximumCompareAndWrite: > 0 and byte limit } ? limit : byte.MaxValue;
        if (written.Length != expected.Length || blocks == 0 || blocks > most)
        {
            throw new ArgumentException($"COMPARE AND WRITE takes 1 to {most} blocks, as many to compare as to write", nameof(written));
        }

        byte[] data = [.. expected.Span, .. written.Span];
        ScsiRequest request = _runner.Request(BlockCdbs.CompareAndWrite(lba, (byte)blocks, forceUnitAccess), Repeat.OnlyIfNotRun) with { DataOut = data };
        return await CompareAsync("COMPARE AND WRITE", request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>WRITE ATOMIC(16): all of it or nothing of it. Never split.</summary>
    public async ValueTask WriteAtomicAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess = false, CancellationToken cancellationToken = default)
    {
        uint blocks = WholeBlocks(from.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, ushort.MaxValue, nameof(from));
        ScsiRequest request = _runner.Request(BlockCdbs.WriteAtomic16(lba, (ushort)blocks, forceUnitAccess), Repeat.Allowed) with { DataOut = from };
        await Transfer("WRITE ATOMIC(16)", request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>ORWRITE(16): the blocks become what they are, or-ed with the data. Never split.</summary>
    public async ValueTask OrWriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess = false, CancellationToken cancellationToken = default)
    {
        ScsiRequest request = _runner.Request(BlockCdbs.OrWrite16(lba, WholeBlocks(from.Length), forceUnitAccess), Repeat.Allowed) with { DataOut = from };
        await Transfer("ORWRITE(16)", request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// WRITE SAME: every block of the range becomes this one. With <paramref name="unmap"/> the target may unmap blocks instead, if they then read as the block (SBC-3 §5.43).
    /// </summary>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">Number of blocks.</param>
    /// <param name="block">One block.</param>
    /// <param name="unmap">UNMAP.</param>
    /// <param name="cancellationToken">Aborts it; a part may be written then.</param>
    public async ValueTask WriteSameAsync(ulong lba, ulong blockCount, ReadOnlyMemory<byte> block, bool unmap = false, CancellationToken cancellationToken = default)
    {
        if (block.Length != BlockBytes)
        {
            throw new ArgumentException($"WRITE SAME takes one block of {BlockBytes} bytes", nameof(block));
        }

        ulong limit = _facts.Limits is { MaximumWriteSame: > 0 and ulong most } ? Math.Min(most, uint.MaxValue) : MostWriteSame;
        for (bool hasBegun = false; blockCount > 0; hasBegun = true)
        {
            uint blocks = (uint)Math.Min(blockCount, limit);
            await Pieces.FollowAsync(WriteSamePieceAsync(lba, blocks, block, unmap, cancellationToken), hasBegun).ConfigureAwait(false);
            lba += blocks;
            blockCount -= blocks;
        }
    }

    /// <summary>UNMAP of one range. It is a wish: blocks that the target does not unmap keep what they have (SBC-3 §4.7.3.4).</summary>
    public ValueTask UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken = default)
    {
        List<UnmapDescriptor> ranges = [];
        while (blockCount > 0)
        {
            uint blocks = (uint)Math.Min(blockCount, uint.MaxValue);
            ranges.Add(new UnmapDescriptor(lba, blocks));
            lba += blocks;
            blockCount -= blocks;
        }

        return UnmapAsync(ranges, cancellationToken);
    }

    /// <summary>UNMAP of ranges, in as many commands as the target's limits ask for.</summary>
    public async ValueTask UnmapAsync(IReadOnlyList<UnmapDescriptor> ranges, CancellationToken cancellationToken = default)
    {
        uint mostBlocks = _facts.Limits is { MaximumUnmap: > 0 and uint blocks } ? blocks : uint.MaxValue;
        uint mostRanges = _facts.Limits is { MaximumUnmapDescriptors: > 0 and uint descriptors } ? Math.Min(descriptors, MostRangesOfAList) : MostRangesOfAList;
        List<UnmapDescriptor> list = [];
        uint room = mostBlocks;
        bool hasBegun = false;
        foreach (UnmapDescriptor range in ranges)
        {
            ulong lba = range.Lba;
            for (uint left = range.BlockCount; left > 0;)
            {
                if (room == 0 || list.Count == mostRanges)
                {
                    await Pieces.FollowAsync(UnmapListAsync(list, cancellationToken), hasBegun).ConfigureAwait(false);
                    hasBegun = true;
                    list.Clear();
                    room = mostBlocks;
                }

                uint piece = Math.Min(left, room);
                list.Add(new UnmapDescriptor(lba, piece));
                lba += piece;
                left -= piece;
                room -= piece;
            }
        }

        if (list.Count > 0)
        {
            await Pieces.FollowAsync(UnmapListAsync(list, cancellationToken), hasBegun).ConfigureAwait(false);
        }
    }

    /// <summary>GET LBA STATUS: the runs from a block on, as many as one answer holds.</summary>
    public async ValueTask<IReadOnlyList<LbaStatusDescriptor>> GetLbaStatusAsync(ulong lba, int mostRuns = 64, CancellationToken cancellationToken = default)
    {
        int most = LbaStatusDescriptor.HeaderLength + LbaStatusDescriptor.Length * Math.Clamp(mostRuns, 1, 65536);
        ReadOnlyMemory<byte> data = await _runner
            .FetchAsync("GET LBA STATUS", BlockCdbs.GetLbaStatus(lba, (uint)most), most, cancellationToken).ConfigureAwait(false);
        return LbaStatusDescriptor.ParseAll(data.Span);
    }

    private async ValueTask WriteSamePieceAsync(ulong lba, uint blocks, ReadOnlyMemory<byte> block, bool unmap, CancellationToken cancellationToken)
    {
        ThrowIfOtherBlocks();
        // The ten-byte form may unmap only where LBPWS10 says so; the other is the rule, and old targets do without it.
        bool tenUnmaps = _facts.Provisioning is not { } page || page.WriteSame10 || !page.WriteSame16;
        bool tenFits = BlockCdb.Fits(OperationCode.WriteSame10, lba, blocks) && (!unmap || tenUnmaps);
        bool sixteenUnmaps = _facts.Provisioning is not { } provisioning || provisioning.WriteSame16 || !provisioning.WriteSame10;
        if (!_lacksWriteSame16 && (!unmap || sixteenUnmaps || !tenFits))
        {
            try
            {
                ScsiRequest request = _runner.Request(BlockCdbs.WriteSame(OperationCode.WriteSame16, lba, blocks, unmap), Repeat.Allowed) with { DataOut = block };
                await _runner.RunAsync("WRITE SAME(16)", request, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ScsiException e) when (tenFits && FactReader.IsUnknownCommand(e))
            {
                _lacksWriteSame16 = true;
            }
        }

        ScsiRequest ten = _runner.Request(BlockCdbs.WriteSame(OperationCode.WriteSame10, lba, blocks, unmap), Repeat.Allowed) with { DataOut = block };
        await _runner.RunAsync("WRITE SAME(10)", ten, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask UnmapListAsync(List<UnmapDescriptor> ranges, CancellationToken cancellationToken)
    {
        ThrowIfOtherBlocks();
        byte[] list = UnmapDescriptor.ListFor([.. ranges]);
        ScsiRequest request = _runner.Request(BlockCdbs.Unmap((ushort)list.Length), Repeat.Allowed) with { DataOut = list };
        await _runner.RunAsync("UNMAP", request, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<BlockComparison> VerifyPieceAsync(
        ulong lba, uint blocks, ByteCheckMode check, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        bool ten = BlockCdb.Fits(OperationCode.Verify10, lba, blocks);
        Cdb cdb = BlockCdbs.Verify(ten ? OperationCode.Verify10 : OperationCode.Verify16, lba, blocks, check);
        return CompareAsync(ten ? "VERIFY(10)" : "VERIFY(16)", _runner.Request(cdb, Repeat.Allowed) with { DataOut = data }, cancellationToken);
    }

    /// <summary>Turns MISCOMPARE, which is an answer to the question, into one.</summary>
    private async ValueTask<BlockComparison> CompareAsync(string operation, ScsiRequest request, CancellationToken cancellationToken)
    {
        ThrowIfOtherBlocks();
        try
        {
            await _runner.RunAsync(operation, request, cancellationToken).ConfigureAwait(false);
            return new BlockComparison(true, null);
        }
        catch (ScsiException e) when (SenseData.Parse(e.Result.Sense.Span) is { Key: SenseKey.Miscompare, Deferred: false } sense)
        {
            return new BlockComparison(false, sense.Information);
        }
    }
}
