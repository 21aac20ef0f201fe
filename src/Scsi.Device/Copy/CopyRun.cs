using System.Buffers;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>
/// Does the moves of a copy piece by piece, each piece a work item of its own. Before each it looks whether both disks may still be used: medium, FORMAT UNIT and SANITIZE, write
/// protection, reservations of others (SPC-4 §5.17.3), a reset. What a thin source does not hold becomes a hole at the destination, where that can have one.
/// </summary>
internal sealed class CopyRun(CopyOperation operation, CopyPlan plan, CancellationToken cancellationToken)
{
    private readonly Dictionary<LogicalUnit, int> _resets = plan.Moves.Select(static it => it.Destination)
        .Concat(plan.Moves.Select(static it => it.Source).OfType<LogicalUnit>())
        .Distinct()
        .ToDictionary(static it => it, static it => it.Resets);

    /// <summary>Copies; null when all is copied, else why not.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<SenseData?> RunAsync()
    {
        using IMemoryOwner<byte> buffer = MemoryPool<byte>.Shared.Rent(CopyBounds.PieceBytes);
        for (int i = 0; i < plan.Moves.Count; i++)
        {
            CopyMove move = plan.Moves[i];
            if (await MoveAsync(move, buffer.Memory[..CopyBounds.PieceBytes]).ConfigureAwait(false) is { } failure)
            {
                return failure.Key == SenseKey.CopyAborted ? failure with { CommandSpecific = (uint)move.Segment } : failure;
            }

            bool endsSegment = i + 1 == plan.Moves.Count || plan.Moves[i + 1].Segment != move.Segment;
            operation.Advance(0, endsSegment ? move.Segment + 1 : move.Segment);
        }

        foreach (LogicalUnit destination in plan.Moves.Select(static it => it.Destination).Distinct())
        {
            if (await SettleAsync(destination).ConfigureAwait(false) is { } failure)
            {
                return failure;
            }
        }

        plan.AtTheEnd?.Invoke();
        return null;
    }

    /// <summary>What follows the last write to a disk: stable storage where it has no write cache (WCE = 0), and a look at the space that is left.</summary>
    private async ValueTask<SenseData?> SettleAsync(LogicalUnit destination)
    {
        if (destination.Modes.HasThresholds)
        {
            destination.Provisioning.Look();
        }

        return FailureOf(await CacheCommands.FlushUncachedAsync(destination, cancellationToken).ConfigureAwait(false), destination, 0);
    }

    private async ValueTask<SenseData?> MoveAsync(CopyMove move, Memory<byte> buffer)
    {
        // Blocks that lie ahead in the same disk must not be overwritten before they are read.
        bool fromTheEnd = ReferenceEquals(move.Source, move.Destination) && move.DestinationLba > move.SourceLba;
        ulong mappedBytes = 0;
        for (ulong done = 0; done < move.LengthBytes;)
        {
            await LongWork.LetOthersGo(cancellationToken);
            if (WhyUnusable(move) is { } refusal)
            {
                return refusal;
            }

            Wake(move.Destination);
            Wake(move.Source ?? move.Destination);
            ulong rest = move.LengthBytes - done;
            ulong length = Math.Min(rest, (ulong)buffer.Length);
            ulong at = fromTheEnd ? rest - length : done;
            (SenseData? failure, ulong hole) = fromTheEnd || mappedBytes > 0 ? (null, 0) : await FindHoleAsync(move, done, it => mappedBytes = it).ConfigureAwait(false);
            failure ??= hole > 0
                ? await ZeroAsync(move, at, length = hole, buffer).ConfigureAwait(false)
                : await CopyPieceAsync(move, at, buffer[..(int)length]).ConfigureAwait(false);
            if (failure is not null)
            {
                return failure;
            }

            mappedBytes -= Math.Min(mappedBytes, length);
            done += length;
            operation.Advance(length, move.Segment);
        }

        return null;
    }

    private SenseData? WhyUnusable(CopyMove move)
    {
        if (operation.IsCancelled)
        {
            return Sense.CopyAborted;
        }

        return WhyUnusable(move.Destination, OperationCode.Write16)
            ?? (move.Destination.WriteProtected ? Sense.ThirdPartyDeviceFailure : default(SenseData?))
            ?? (move.Source is { } source ? WhyUnusable(source, OperationCode.Read16) : null)
            ?? plan.Token?.Refusal;
    }

    private SenseData? WhyUnusable(LogicalUnit unit, byte access)
    {
        if (!unit.Work.IsClear && unit.Work.Refusal is { } busy)
        {
            // FORMAT UNIT and SANITIZE have the medium to themselves, and a failed one leaves it unusable (SBC-3 §4.11.2, §5.2.1).
            return IsOwn(unit) ? busy : Sense.ThirdPartyDeviceFailure;
        }

        // As if the nexus read or wrote itself, except that a unit attention is left for a command that can tell it.
        CommandSpec spec = unit.Table.Find(access, 0)!;
        spec = spec with { Flags = spec.Flags | CommandFlags.PassesUnitAttention };
        bool isUsable = unit.WhyNotReady is null && unit.Resets == _resets[unit]
            && unit.Judge(operation.Nexus, spec, spec.Usage, out _) == NexusVerdict.Run;
        return isUsable ? null : Sense.ThirdPartyDeviceFailure;
    }

    private static void Wake(LogicalUnit unit)
    {
        if (unit.Power.IsWatching)
        {
            unit.Power.Use();
        }
    }

    /// <summary>Bytes from a place of the source on, whole blocks of both disks, that it does not hold; 0 when it holds them, and then until where.</summary>
    private async ValueTask<(SenseData? Failure, ulong Hole)> FindHoleAsync(CopyMove move, ulong at, Action<ulong> noteMapped)
    {
        ulong rest = move.LengthBytes - at;
        if (move.Source is not { } source)
        {
            return (null, Math.Min(rest, CopyBounds.HoleBytes));
        }

        if (source.Traits.Unmap == Support.No)
        {
            noteMapped(rest);
            return (null, 0);
        }

        uint blockBytes = source.Traits.BlockBytes;
        ExtentStatus extent = await source.Device.QueryExtentAsync(move.SourceLba + at / blockBytes, rest / blockBytes, cancellationToken).ConfigureAwait(false);
        if (extent.Status != IoStatus.Ok)
        {
            return (Sense.ThirdPartyDeviceFailure, 0);
        }

        ulong length = Math.Min(extent.BlockCount * blockBytes, rest);
        uint granule = Math.Max(blockBytes, move.Destination.Traits.BlockBytes);
        ulong hole = extent.State == ProvisioningState.Deallocated ? length - length % granule : 0;
        noteMapped(hole > 0 ? 0 : Math.Max(length, granule));
        // What was a hole is one no longer when someone writes there: that counts as a write behind the copy, unless a token promises the data.
        return (plan.Token?.Refusal, Math.Min(hole, CopyBounds.HoleBytes));
    }

    private async ValueTask<SenseData?> CopyPieceAsync(CopyMove move, ulong at, Memory<byte> piece)
    {
        LogicalUnit source = move.Source!;
        IoStatus read = await source.Device.ReadAsync(move.SourceLba + at / source.Traits.BlockBytes, piece, cancellationToken).ConfigureAwait(false);
        // A token loses its validity before the data changes: what was read before it did is the data of the token.
        return read != IoStatus.Ok ? Sense.ThirdPartyDeviceFailure
            : plan.Token?.Refusal is { } refusal ? refusal
            : await WriteAsync(move, at, piece).ConfigureAwait(false);
    }

    private async ValueTask<SenseData?> ZeroAsync(CopyMove move, ulong at, ulong length, Memory<byte> buffer)
    {
        LogicalUnit to = move.Destination;
        if (to.Traits.WriteZeroes != Support.No)
        {
            IoStatus zeroed = await to.Device
                .WriteZeroesAsync(move.DestinationLba + at / to.Traits.BlockBytes, length / to.Traits.BlockBytes, to.Thin, forceUnitAccess: false, cancellationToken)
                .ConfigureAwait(false);
            return FailureOf(zeroed, to, move.DestinationLba);
        }

        for (ulong done = 0; done < length; done += (ulong)buffer.Length)
        {
            await LongWork.LetOthersGo(cancellationToken);
            Memory<byte> zeros = buffer[..(int)Math.Min((ulong)buffer.Length, length - done)];
            zeros.Span.Clear();
            if (await WriteAsync(move, at + done, zeros).ConfigureAwait(false) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private async ValueTask<SenseData?> WriteAsync(CopyMove move, ulong at, ReadOnlyMemory<byte> data)
    {
        LogicalUnit to = move.Destination;
        ulong lba = move.DestinationLba + at / to.Traits.BlockBytes;
        return FailureOf(await to.Device.WriteAsync(lba, data, forceUnitAccess: false, cancellationToken).ConfigureAwait(false), to, lba);
    }

    private SenseData? FailureOf(IoStatus status, LogicalUnit unit, ulong lba) =>
        status == IoStatus.Ok ? null
        : IsOwn(unit) ? MediumResult.SenseFor(status, lba, isOneBlock: false)
        : Sense.ThirdPartyDeviceFailure;

    // WRITE USING TOKEN writes to the unit that it was sent to, whose errors are its own; of any other disk only the third party's failure is told.
    private bool IsOwn(LogicalUnit unit) => operation.ServiceAction == ServiceAction.WriteUsingToken && ReferenceEquals(unit, operation.Unit);
}
