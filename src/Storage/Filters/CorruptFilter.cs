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
        if (status != IoStatus.Ok) return status;
        foreach (FaultRule rule in rules)
        {
            if (!rule.Strikes(DeviceOperation.Read, lba, Blocks(into.Length))) continue;
            ulong block = Math.Max(rule.Lba, lba) - lba;
            into.Span[(int)(block * Next.Traits.BlockBytes)] ^= 0xFF;
        }
        return status;
    }

    /// <summary>Pages that a rule covers are not lent: they are whole.</summary>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return !Array.Exists(rules, rule => rule.Covers(DeviceOperation.Read, lba, Blocks(lengthBytes)))
            && base.TryLend(lba, lengthBytes, out pages);
    }

    private ulong Blocks(int lengthBytes) => (ulong)lengthBytes / Next.Traits.BlockBytes;
}
