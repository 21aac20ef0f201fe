using System.Globalization;
using System.Text.Json.Nodes;
using Blockwire.Cli.Clients;
using Blockwire.Cli.Streams;
using Blockwire.Initiator;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Transfers;

/// <summary>`blockwire write`: standard input to a unit, with several commands under way, and a flush at the end.</summary>
internal static class WriteRun
{
    public static async Task<int> RunAsync(ClientContext context, TransferArguments arguments, CancellationToken stop)
    {
        await using ConnectedUnit connected = await context.Connector.OpenUnitAsync(arguments.Url, stop);
        await using Stream input = DescriptorStream.OpenInput();
        LogicalUnit unit = connected.Unit;
        ByteRange range = ByteRange.Of(unit, arguments);
        if (unit.Facts.WriteProtected)
        {
            throw new CliException($"{unit.Name}: the unit is write protected; see to it at the target");
        }

        long written = await WriteAllAsync(unit, input, range, stop);
        bool isTooLong = arguments.Length is null && range.Begin + written == range.End && await ReadSomeAsync(input, new byte[1], stop) > 0;
        await UnitFlush.FlushAsync(unit, context.Logger, stop);
        if (isTooLong)
        {
            throw new CliException(string.Create(
                CultureInfo.InvariantCulture, $"{unit.Name}: standard input is longer than the unit: {written} bytes, up to its end, are written and flushed, the rest is not; give it less, or choose a larger unit"));
        }

        if (context.Json)
        {
            await context.WriteJsonAsync(new JsonObject { ["url"] = arguments.Url.ToString(), ["offset"] = arguments.Offset, ["bytes"] = written, ["flushed"] = true });
        }

        return ExitStatus.Done;
    }

    private static async Task<long> WriteAllAsync(LogicalUnit unit, Stream input, ByteRange range, CancellationToken stop)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Queue<(Task Writing, byte[] Buffer)> pieces = new();
        long next = range.Begin;
        try
        {
            bool isOver = false;
            while (!isOver && next < range.End)
            {
                byte[] buffer;
                if (pieces.Count < TransferArguments.Depth)
                {
                    buffer = new byte[range.ChunkBytes];
                }
                else
                {
                    await pieces.Peek().Writing;
                    buffer = pieces.Dequeue().Buffer;
                }

                int skip = (int)(next - range.Down(next));
                int most = (int)Math.Min(range.ChunkBytes - skip, range.End - next);
                int length = await FillAsync(input, buffer.AsMemory(skip, most), ending.Token);
                isOver = length < most;
                if (length > 0)
                {
                    pieces.Enqueue((WriteAsync(unit, range, next, buffer, length, ending.Token), buffer));
                    next += length;
                }
            }

            while (pieces.Count > 0)
            {
                await pieces.Peek().Writing;
                pieces.Dequeue();
            }

            return next - range.Begin;
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(pieces.Select(static piece => piece.Writing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // What the first and the last block have beside the data is read first and written again. No other piece touches these blocks.
    private static async Task WriteAsync(LogicalUnit unit, ByteRange range, long from, byte[] buffer, int length, CancellationToken cancellationToken)
    {
        long start = range.Down(from);
        long end = range.Up(from + length);
        int head = (int)(from - start);
        int tail = (int)(from + length - start);
        byte[] edge = head > 0 || tail % range.BlockBytes > 0 ? new byte[range.BlockBytes] : [];
        if (head > 0)
        {
            await unit.ReadAsync((ulong)(start / range.BlockBytes), edge, cancellationToken);
            edge.AsSpan(0, head).CopyTo(buffer);
        }

        if (tail % range.BlockBytes > 0)
        {
            await unit.ReadAsync((ulong)((end / range.BlockBytes) - 1), edge, cancellationToken);
            edge.AsSpan(tail % range.BlockBytes).CopyTo(buffer.AsSpan(tail));
        }

        await unit.WriteAsync((ulong)(start / range.BlockBytes), buffer.AsMemory(0, (int)(end - start)), cancellationToken: cancellationToken);
    }

    private static async Task<int> FillAsync(Stream input, Memory<byte> buffer, CancellationToken stop)
    {
        int have = 0;
        while (have < buffer.Length && await ReadSomeAsync(input, buffer[have..], stop) is > 0 and int more)
        {
            have += more;
        }

        return have;
    }

    // read(2) on a pipe may wait for ever; an interrupt gets through all the same.
    private static Task<int> ReadSomeAsync(Stream input, Memory<byte> buffer, CancellationToken stop) =>
        Task.Run(() => input.Read(buffer.Span), CancellationToken.None).WaitAsync(stop);
}
