using System.Globalization;
using Blockwire.Cli.Clients;
using Blockwire.Cli.Streams;
using Blockwire.Initiator;

namespace Blockwire.Cli.Transfers;

/// <summary>`blockwire read`: bytes of a unit to standard output, with several commands under way.</summary>
internal static class ReadRun
{
    public static async Task<int> RunAsync(ClientContext context, TransferArguments arguments, CancellationToken stop)
    {
        await using ConnectedUnit connected = await context.Connector.OpenUnitAsync(arguments.Url, stop);
        await using Stream output = DescriptorStream.OpenOutput();
        ByteRange range = ByteRange.Of(connected.Unit, arguments);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Queue<Piece> pieces = new();
        Queue<byte[]> spare = new();
        try
        {
            long next = range.Begin;
            long written = 0;
            while (next < range.End || pieces.Count > 0)
            {
                while (next < range.End && pieces.Count < TransferArguments.Depth)
                {
                    Piece piece = Begin(connected.Unit, range, next, spare.Count > 0 ? spare.Dequeue() : new byte[range.ChunkBytes], ending.Token);
                    pieces.Enqueue(piece);
                    next += piece.Length;
                }

                Piece first = pieces.Peek();
                await first.Reading;
                await WriteAsync(output, first.Buffer.AsMemory(first.Skip, first.Length), written, stop);
                written += first.Length;
                spare.Enqueue(pieces.Dequeue().Buffer);
            }

            return ExitStatus.Done;
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(pieces.Select(static piece => piece.Reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Piece Begin(LogicalUnit unit, ByteRange range, long from, byte[] buffer, CancellationToken cancellationToken)
    {
        long start = range.Down(from);
        long end = Math.Min(range.Up(range.End), start + range.ChunkBytes);
        Task reading = unit.ReadAsync((ulong)(start / range.BlockBytes), buffer.AsMemory(0, (int)(end - start)), cancellationToken).AsTask();
        return new Piece(buffer, (int)(from - start), (int)(Math.Min(end, range.End) - from), reading);
    }

    // A reader that is slow may keep this waiting for ever; an interrupt gets through all the same.
    private static async Task WriteAsync(Stream output, ReadOnlyMemory<byte> data, long written, CancellationToken stop)
    {
        try
        {
            await Task.Run(() => output.Write(data.Span), CancellationToken.None).WaitAsync(stop);
        }
        catch (IOException failure)
        {
            throw new CliException(
                string.Create(CultureInfo.InvariantCulture, $"standard output took {written} bytes and no more: {failure.Message}; is its reader still there, and room?"), failure);
        }
    }

    private sealed record Piece(byte[] Buffer, int Skip, int Length, Task Reading);
}
