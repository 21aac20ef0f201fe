using System.Runtime.CompilerServices;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Initiator;

/// <summary>A logical unit at a target as a disk: what can be read from or written to a file can be read from or written to it, and it can be shared again.</summary>
/// <remarks>
/// <para>Traits come from what the unit says when it is opened: FUA from DPOFUA (MODE SENSE), unmap from LBPME, LBPRZ and page B2h, zeros from WRITE SAME. They stay as they are
/// while the disk is open, as every disk's do; a unit that shrinks answers with errors behind its new end.</para>
/// <para>An unmap always leaves zeros: WRITE SAME with the UNMAP bit says so of itself; UNMAP alone does not, so that zeros are written before it.</para>
/// </remarks>
public sealed class LogicalUnitDisk : IBlockDevice
{
    private readonly LogicalUnit _unit;
    private readonly IAsyncDisposable? _owned;
    private readonly UnmapMeans _unmap;
    private readonly byte[] _zeros;
    private volatile bool _lacksLbaStatus;

    private LogicalUnitDisk(LogicalUnit unit, DeviceTraits traits, UnmapMeans unmap, IAsyncDisposable? owned)
    {
        _unit = unit;
        _owned = owned;
        _unmap = unmap;
        _zeros = new byte[traits.BlockBytes];
        _lacksLbaStatus = unit.Facts.Capacity is not { Provisioned: true };
        Traits = traits;
    }

    /// <summary>How blocks are unmapped so that they read as zeros.</summary>
    private enum UnmapMeans
    {
        None,
        WriteSame,
        ZeroesThenUnmap,
    }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <summary>The unit as a disk that lacks nothing: FUA by flush and zeros by writing where the unit has no better.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="owned">Disposed with the disk: the session, say. Null for nothing.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="DiskOpenException">The unit has no capacity, or one that no disk here has.</exception>
    public static async ValueTask<IBlockDevice> OpenWholeAsync(
        LogicalUnit unit, IAsyncDisposable? owned = null, CancellationToken cancellationToken = default)
    {
        IBlockDevice disk = await OpenAsync(unit, owned, cancellationToken).ConfigureAwait(false);
        if (disk.Traits.ForceUnitAccess == Support.No)
        {
            disk = new ForceUnitAccessByFlush(disk);
        }

        return disk.Traits.WriteZeroes == Support.No ? new ZeroesByWriting(disk) : disk;
    }

    /// <summary>The unit as a disk, with the traits that it has itself.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="owned">Disposed with the disk: the session, say. Null for nothing.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="DiskOpenException">The unit has no capacity, or one that no disk here has.</exception>
    public static async ValueTask<LogicalUnitDisk> OpenAsync(
        LogicalUnit unit, IAsyncDisposable? owned = null, CancellationToken cancellationToken = default)
    {
        LogicalUnitFacts facts = unit.Facts;
        if (facts.Capacity is not { } capacity)
        {
            // The problem names the unit too, where it stands alone.
            string problem = facts.CapacityProblem?.Replace($"{unit.Name}: ", "", StringComparison.Ordinal) ?? "the unit has no capacity";
            throw new DiskOpenException(unit.Name, problem, "choose a LUN that is a disk with a medium");
        }

        if (capacity.BlockBytes is not (512 or 2048 or 4096))
        {
            throw new DiskOpenException(unit.Name, $"its blocks have {capacity.BlockBytes} bytes", "choose a unit with blocks of 512, 2048 or 4096 bytes");
        }

        if (facts.BlockCount > (1UL << 63) / capacity.BlockBytes)
        {
            throw new DiskOpenException(unit.Name, $"it reports {facts.BlockCount} blocks, more than a disk can have", "look at the target");
        }

        bool writesSame = await HasWriteSameAsync(unit, facts, cancellationToken).ConfigureAwait(false);
        UnmapMeans unmap = MeansOf(facts, writesSame);
        DeviceTraits traits = new(
            capacity.BlockBytes,
            facts.BlockCount,
            facts.ForceUnitAccess ? Support.Native : Support.No,
            unmap == UnmapMeans.None ? Support.No : Support.Native,
            writesSame ? Support.Native : Support.No,
            facts.WriteProtected,
            CompletesInline: false,
            capacity.BlockBytes << capacity.PhysicalExponent,
            Math.Max(1, facts.Limits?.OptimalUnmapGranularity ?? 1));
        return new LogicalUnitDisk(unit, traits, unmap, owned);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        Judge(_unit.ReadAsync(lba, into, cancellationToken), reads: true);

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Judge(_unit.WriteAsync(lba, from, forceUnitAccess, cancellationToken), reads: false);

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        if (_unit.Facts.IsCdDvd)
        {
            // Nothing was written, and a drive that only reads does not know the command.
            return new(IoStatus.Ok);
        }

        ValueTask<IoStatus> flushed = Judge(_unit.FlushAsync(cancellationToken), reads: false);
        return flushed.IsCompletedSuccessfully ? new(OfFlush(flushed.Result)) : Later(flushed);

        // A write protected unit that refuses to flush has failed to: the data of earlier writes is not safe.
        static IoStatus OfFlush(IoStatus status) => status == IoStatus.WriteProtected ? IoStatus.WriteError : status;

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        static async ValueTask<IoStatus> Later(ValueTask<IoStatus> flushed) => OfFlush(await flushed.ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        Judge(UnmapToZeroesAsync(lba, blockCount, cancellationToken), reads: false);

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Judge(ZeroAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken), reads: false);

    /// <inheritdoc/>
    public async ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken)
    {
        if (_lacksLbaStatus)
        {
            return new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, maxBlocks);
        }

        try
        {
            IReadOnlyList<LbaStatusDescriptor> runs = await _unit.GetLbaStatusAsync(lba, cancellationToken: cancellationToken).ConfigureAwait(false);
            foreach (LbaStatusDescriptor run in runs)
            {
                if (run.Lba <= lba && lba - run.Lba < run.BlockCount)
                {
                    // Anchored blocks have storage, and without LBPRZ nobody knows what an unmapped block reads as.
                    bool isHole = run.ProvisioningStatus == 1 && _unit.Facts.Capacity is { ReadsZeros: true };
                    ulong blocks = Math.Min(run.BlockCount - (lba - run.Lba), maxBlocks);
                    return new ExtentStatus(IoStatus.Ok, isHole ? ProvisioningState.Deallocated : ProvisioningState.Mapped, blocks);
                }
            }

            // An answer that does not speak of the block: it is mapped as far as anybody knows.
            return new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, 1);
        }
        catch (ScsiException e) when (FactReader.IsUnknown(e))
        {
            _lacksLbaStatus = true;
            return new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, maxBlocks);
        }
        catch (IOException e)
        {
            return new ExtentStatus(IoOutcome.Of(e, reads: true), ProvisioningState.Mapped, 0);
        }
    }

    /// <inheritdoc/>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return false;
    }

    /// <summary>Closes what the disk owns; the unit itself has nothing to close.</summary>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? default;

    private static async ValueTask<bool> HasWriteSameAsync(LogicalUnit unit, LogicalUnitFacts facts, CancellationToken cancellationToken)
    {
        if (facts.IsCdDvd)
        {
            return false;
        }

        if (facts.Limits is { MaximumWriteSame: > 0 } || facts.Provisioning is { WriteSame16: true } or { WriteSame10: true })
        {
            return true;
        }

        foreach (byte code in new[] { OperationCode.WriteSame16, OperationCode.WriteSame10 })
        {
            if (await unit.ReportCommandAsync(code, cancellationToken: cancellationToken).ConfigureAwait(false) is { IsSupported: true })
            {
                return true;
            }
        }

        return false;
    }

    private static UnmapMeans MeansOf(LogicalUnitFacts facts, bool writesSame) => facts switch
    {
        { WriteProtected: true } or not { Capacity: { Provisioned: true, ReadsZeros: true } } => UnmapMeans.None,
        { Provisioning: { WriteSame16: true } or { WriteSame10: true } } => UnmapMeans.WriteSame,
        { Provisioning.Unmap: true, Limits: { MaximumUnmap: > 0, MaximumUnmapDescriptors: > 0 } } when writesSame => UnmapMeans.ZeroesThenUnmap,
        _ => UnmapMeans.None,
    };

    private async ValueTask UnmapToZeroesAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        bool bySame = _unmap == UnmapMeans.WriteSame;
        await _unit.WriteSameAsync(lba, blockCount, _zeros, unmap: bySame, cancellationToken).ConfigureAwait(false);
        if (!bySame)
        {
            await Pieces.FollowAsync(_unit.UnmapAsync(lba, blockCount, cancellationToken), hasBegun: true).ConfigureAwait(false);
        }
    }

    private async ValueTask ZeroAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (mayUnmap && _unmap != UnmapMeans.None)
        {
            await UnmapToZeroesAsync(lba, blockCount, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await _unit.WriteSameAsync(lba, blockCount, _zeros, unmap: false, cancellationToken).ConfigureAwait(false);
        }

        if (forceUnitAccess)
        {
            // WRITE SAME has no FUA bit.
            await Pieces.FollowAsync(_unit.FlushAsync(cancellationToken), hasBegun: true).ConfigureAwait(false);
        }
    }

    private static ValueTask<IoStatus> Judge(ValueTask operation, bool reads)
    {
        if (!operation.IsCompletedSuccessfully)
        {
            return JudgeLater(operation, reads);
        }

        operation.GetAwaiter().GetResult();
        return new(IoStatus.Ok);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<IoStatus> JudgeLater(ValueTask operation, bool reads)
    {
        try
        {
            await operation.ConfigureAwait(false);
            return IoStatus.Ok;
        }
        catch (IOException e)
        {
            return IoOutcome.Of(e, reads);
        }
    }
}
