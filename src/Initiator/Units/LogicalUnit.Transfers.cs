using System.Runtime.CompilerServices;
using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>Reads, writes and flushes.</summary>
public sealed partial class LogicalUnit
{
    /// <summary>Most blocks of one READ or WRITE.</summary>
    public uint MostTransferBlocks
    {
        get
        {
            uint own = Math.Max(1, (uint)_runner.Settings.MostTransferBytes / BlockBytes);
            uint limit = _facts.Limits?.MaximumTransfer ?? 0;
            return limit == 0 ? own : Math.Min(limit, own);
        }
    }

    /// <summary>Reads whole blocks; a read longer than the target takes at once becomes several, one after the other.</summary>
    /// <param name="lba">First block.</param>
    /// <param name="into">Where the data goes; its length is a multiple of the block's.</param>
    /// <param name="cancellationToken">Aborts it.</param>
    public ValueTask ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken = default)
    {
        uint blocks = WholeBlocks(into.Length);
        return blocks > MostTransferBlocks ? ReadInPieces(lba, into, cancellationToken)
            : blocks == 0 ? default
            : ReadPiece(lba, into, blocks, cancellationToken);
    }

    /// <summary>Writes whole blocks; a write longer than the target takes at once becomes several, one after the other.</summary>
    /// <param name="lba">First block.</param>
    /// <param name="from">The data; its length is a multiple of the block's.</param>
    /// <param name="forceUnitAccess">FUA: it is on stable storage when the task ends. Only for units that honour it: <see cref="LogicalUnitFacts.ForceUnitAccess"/>.</param>
    /// <param name="cancellationToken">Aborts it; a part may be written then.</param>
    public ValueTask WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess = false, CancellationToken cancellationToken = default)
    {
        uint blocks = WholeBlocks(from.Length);
        return blocks > MostTransferBlocks ? WriteInPieces(lba, from, forceUnitAccess, cancellationToken)
            : blocks == 0 ? default
            : WritePiece(lba, from, blocks, forceUnitAccess, cancellationToken);
    }

    /// <summary>SYNCHRONIZE CACHE of the whole unit: what writes have ended before is on stable storage when the task ends.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => Transfer(
        "SYNCHRONIZE CACHE(10)",
        _runner.Request(BlockCdbs.SynchronizeCache(OperationCode.SynchronizeCache10), Repeat.Allowed),
        cancellationToken);

    private ValueTask ReadPiece(ulong lba, Memory<byte> into, uint blocks, CancellationToken cancellationToken)
    {
        bool ten = BlockCdb.Fits(OperationCode.Read10, lba, blocks);
        ScsiRequest request = _runner.Request(BlockCdbs.Read(ten ? OperationCode.Read10 : OperationCode.Read16, lba, blocks), Repeat.Allowed) with { DataIn = into };
        return Transfer(ten ? "READ(10)" : "READ(16)", request, cancellationToken);
    }

    private ValueTask WritePiece(ulong lba, ReadOnlyMemory<byte> from, uint blocks, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        bool ten = BlockCdb.Fits(OperationCode.Write10, lba, blocks);
        ScsiRequest request = _runner.Request(BlockCdbs.Write(ten ? OperationCode.Write10 : OperationCode.Write16, lba, blocks, forceUnitAccess), Repeat.Allowed) with { DataOut = from };
        return Transfer(ten ? "WRITE(10)" : "WRITE(16)", request, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadInPieces(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        while (!into.IsEmpty)
        {
            uint blocks = Math.Min(WholeBlocks(into.Length), MostTransferBlocks);
            int bytes = (int)(blocks * BlockBytes);
            await ReadPiece(lba, into[..bytes], blocks, cancellationToken).ConfigureAwait(false);
            lba += blocks;
            into = into[bytes..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteInPieces(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        for (bool hasBegun = false; !from.IsEmpty; hasBegun = true)
        {
            uint blocks = Math.Min(WholeBlocks(from.Length), MostTransferBlocks);
            int bytes = (int)(blocks * BlockBytes);
            await Pieces.FollowAsync(WritePiece(lba, from[..bytes], blocks, forceUnitAccess, cancellationToken), hasBegun).ConfigureAwait(false);
            lba += blocks;
            from = from[bytes..];
        }
    }

    /// <summary>Has a command carried out that moves exactly what its buffers hold. Allocates nothing when it ends well.</summary>
    private ValueTask Transfer(string operation, in ScsiRequest request, CancellationToken cancellationToken)
    {
        if (_otherBlocks is { } problem && request.Cdb[0] != OperationCode.SynchronizeCache10)
        {
            return ValueTask.FromException(new IOException(problem));
        }

        ValueTask<ScsiResult> pending = _runner.Executor.ExecuteAsync(request, cancellationToken);
        if (!pending.IsCompletedSuccessfully)
        {
            return _transfers.Rent().Follow(operation, request, pending, cancellationToken);
        }

        ScsiResult result = pending.Result;
        return TransferRules.IsComplete(request, result)
            ? default
            : TransferRules.FinishAsync(_runner, operation, request, result, cancellationToken);
    }

    private uint WholeBlocks(int lengthBytes)
    {
        (uint blocks, uint rest) = Math.DivRem((uint)lengthBytes, BlockBytes);
        return rest == 0 ? blocks : throw new ArgumentException($"{lengthBytes} bytes are not whole blocks of {BlockBytes}", nameof(lengthBytes));
    }
}
