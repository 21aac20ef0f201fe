using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>
/// Hands out damaged data by rule and says that all went well, for tests of those who check: in every struck read the first byte within the
/// rule's blocks is inverted. What the device below holds stays whole.
/// </summary>
/// <param name="next">The device below, owned by the filter.</param>
/// <param name="rules">The reads to damage.</param>
public sealed class CorruptFilter(IBlockDevice next, params FaultRule[] rules) : BlockFilter(next)
{
    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        IoStatus status = await base.ReadAsync(lba, into, cancellationToken).ConfigureAwait(false);
        if (status == IoStatus.Ok) Damage(lba, into.Span, Next.Traits.BlockBytes);
        return status;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        IoStatus status = await base.ReadProtectedAsync(lba, into, cancellationToken).ConfigureAwait(false);
        if (status == IoStatus.Ok) Damage(lba, into.Span, Next.Traits.ProtectedBlockBytes);
        return status;
    }

    /// <summary>Pages that a rule covers are not lent: they are whole.</summary>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return !Array.Exists(rules, rule => rule.Covers(DeviceOperation.Read, lba, Blocks(lengthBytes)))
            && base.TryLend(lba, lengthBytes, out pages);
    }

    private void Damage(ulong lba, Span<byte> read, uint blockBytes)
    {
        foreach (FaultRule rule in rules)
        {
            if (!rule.Strikes(DeviceOperation.Read, lba, (uint)read.Length / blockBytes)) continue;
            ulong block = Math.Max(rule.Lba, lba) - lba;
            read[(int)(block * blockBytes)] ^= 0xFF;
        }
    }

    private ulong Blocks(int lengthBytes) => (ulong)lengthBytes / Next.Traits.BlockBytes;
}
