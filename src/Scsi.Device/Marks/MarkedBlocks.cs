using System.Text;
using System.Text.Json;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Marks;

/// <summary>
/// The disk of a logical unit with the blocks that clients have marked as unreadable (pseudo unrecovered errors, SBC-3 §4.18.2): reads of them fail until they are written. While none
/// is marked, which is usual, a call costs one comparison more.
/// </summary>
/// <remarks>
/// What is marked is kept as a document where the unit has a place for it: a mark before the command that made it ends, and that it is gone before the write that mended it ends, so that no
/// acknowledged write becomes unreadable by a loss of power.
/// </remarks>
/// <param name="next">The disk below, which does not belong to the filter.</param>
/// <param name="store">Where marks outlive a loss of power; null keeps them in memory alone.</param>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for has nothing to dispose
internal sealed class MarkedBlocks(IBlockDevice next, IUnitStateStore? store) : BlockFilter(next)
#pragma warning restore CA1001
{
    /// <summary>Name of the document.</summary>
    public const string DocumentName = "marked-blocks";

    /// <summary>Most blocks of a unit that are marked at a time.</summary>
    public const int Most = 1024;

    private const string BlocksName = "blocks";

    private readonly SemaphoreSlim _turn = new(1, 1);

    // Sorted; null when there are none. Never changes: another takes its place.
    private volatile ulong[]? _marks;

    /// <summary>Hears that marks could not be kept.</summary>
    public Action<UnitStateException>? Fault { get; set; }

    /// <summary>Hears that there are marks now, or none any more.</summary>
    public Action? Changed { get; set; }

    /// <summary>Are there any? Calls may then wait for the store, and complete nothing inline.</summary>
    public bool Any => _marks is not null;

    /// <inheritdoc/>
    public override DeviceTraits Traits => Next.Traits;

    /// <inheritdoc/>
    public override bool TakesStreamedData => Next.TakesStreamedData;

    /// <summary>Takes up what was marked before a loss of power; blocks that are not there are passed over.</summary>
    /// <exception cref="UnitStateException">It cannot be read, or is not what was kept.</exception>
    public void Load()
    {
        if (store?.Read(DocumentName) is not { } document)
        {
            return;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            Install([.. json.RootElement.GetProperty(BlocksName).EnumerateArray().Select(static it => it.GetUInt64()).Where(it => it < Traits.BlockCount).Distinct().Order()]);
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UnitStateException($"the marked blocks are not what was kept ({failure.Message}): remove the document '{DocumentName}'", failure);
        }
    }

    /// <summary>The first marked block of a range; null when it has none.</summary>
    public ulong? FirstIn(ulong lba, ulong blockCount)
    {
        if (_marks is not { } marks)
        {
            return null;
        }

        int at = Array.BinarySearch(marks, lba);
        at = at < 0 ? ~at : at;
        return at < marks.Length && marks[at] - lba < blockCount ? marks[at] : null;
    }

    /// <summary>Marks blocks. False when there would be too many, and then none is marked.</summary>
    /// <exception cref="UnitStateException">The marks could not be kept, and were not made.</exception>
    public async ValueTask<bool> TryMarkAsync(ulong lba, uint blockCount)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            ulong[] former = _marks ?? [];
            SortedSet<ulong> marks = [.. former];
            for (uint i = 0; i < blockCount; i++)
            {
                marks.Add(lba + i);
            }

            if (marks.Count > Most)
            {
                return false;
            }

            if (marks.Count > former.Length)
            {
                await KeepAsync(marks).ConfigureAwait(false);
                Install([.. marks]);
            }

            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        _marks is not null && FirstIn(lba, (uint)into.Length / Traits.BlockBytes) is not null ? new(IoStatus.ReadError) : Next.ReadAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        _marks is not null && FirstIn(lba, (uint)into.Length / Traits.ProtectedBlockBytes) is not null
            ? new(IoStatus.ReadError) : Next.ReadProtectedAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> writing = Next.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken);
        return _marks is null ? writing : MendAsync(writing, lba, (uint)from.Length / Traits.ProtectedBlockBytes);
    }

    /// <inheritdoc/>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return (_marks is null || FirstIn(lba, (uint)lengthBytes / Traits.BlockBytes) is null) && Next.TryLend(lba, lengthBytes, out pages);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> writing = Next.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
        return _marks is null ? writing : MendAsync(writing, lba, (uint)from.Length / Traits.BlockBytes);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> unmapping = Next.UnmapAsync(lba, blockCount, cancellationToken);
        return _marks is null ? unmapping : MendAsync(unmapping, lba, blockCount);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> zeroing = Next.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken);
        return _marks is null ? zeroing : MendAsync(zeroing, lba, blockCount);
    }

    private async ValueTask<IoStatus> MendAsync(ValueTask<IoStatus> change, ulong lba, ulong blockCount)
    {
        IoStatus status = await change.ConfigureAwait(false);
        if (status != IoStatus.Ok || FirstIn(lba, blockCount) is null)
        {
            return status;
        }

        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            ulong[] left = [.. (_marks ?? []).Where(it => it < lba || it - lba >= blockCount)];
            await KeepAsync(left).ConfigureAwait(false);
            Install(left);
            return IoStatus.Ok;
        }
        catch (UnitStateException failure)
        {
            Fault?.Invoke(failure);
            return IoStatus.WriteError;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Install(ulong[] marks)
    {
        _marks = marks.Length == 0 ? null : marks;
        Changed?.Invoke();
    }

    private ValueTask KeepAsync(IEnumerable<ulong> marks) =>
        store?.ReplaceAsync(DocumentName, Encoding.UTF8.GetBytes($$"""{ "{{BlocksName}}": [{{string.Join(", ", marks)}}] }""")) ?? default;
}
