using System.Buffers;
using System.Globalization;

namespace Blockwire.Cli.Copying;

/// <summary>Reads both back and compares; what both call a hole reads as zeros on both and is not read.</summary>
/// <param name="source">Where from.</param>
/// <param name="target">Where to.</param>
/// <param name="chunkBytes">Bytes of one read.</param>
/// <param name="tally">Counts.</param>
internal sealed class Verifier(CopyEnd source, CopyEnd target, int chunkBytes, CopyTally tally)
{
    private const long MostHoleBytes = 1L << 30;

    /// <summary>Compares.</summary>
    /// <exception cref="CliException">They differ; it says where.</exception>
    public async Task RunAsync(long end, CancellationToken stop)
    {
        await using PieceQueue pieces = new(CopyArguments.Depth, 0);
        for (long at = 0; at < end;)
        {
            (bool isHole, long length) = await source.ExtentAsync(at, Math.Min(end - at, MostHoleBytes), stop);
            if (isHole)
            {
                (isHole, long other) = await target.ExtentAsync(at, Math.Min(length, end - at), stop);
                length = Math.Min(length, other);
            }

            length = Math.Min(length, end - at);
            for (long extentEnd = at + length; at < extentEnd;)
            {
                long from = at;
                long piece = isHole ? extentEnd - at : Math.Min(chunkBytes, extentEnd - at);
                at += piece;
                await pieces.AddAsync(() => isHole ? Skip(piece) : CompareAsync(from, (int)piece, pieces.Ending), at, stop);
            }
        }

        await pieces.FinishAsync(stop);
    }

    private Task Skip(long length)
    {
        tally.AddCompared(length);
        return Task.CompletedTask;
    }

    private async Task CompareAsync(long offset, int length, CancellationToken cancellationToken)
    {
        byte[] one = ArrayPool<byte>.Shared.Rent(length);
        byte[] two = ArrayPool<byte>.Shared.Rent(length);
        await Task.WhenAll(source.ReadAsync(offset, one.AsMemory(0, length), cancellationToken), target.ReadAsync(offset, two.AsMemory(0, length), cancellationToken));
        int same = one.AsSpan(0, length).CommonPrefixLength(two.AsSpan(0, length));
        if (same < length)
        {
            throw new CliException(string.Create(
                CultureInfo.InvariantCulture,
                $"the copy is wrong: byte {offset + same} is {one[same]:x2}h on {source.Name} and {two[same]:x2}h on {target.Name}; does somebody else write, or does a disk fail?"));
        }

        tally.AddCompared(length);
        ArrayPool<byte>.Shared.Return(one);
        ArrayPool<byte>.Shared.Return(two);
    }
}
