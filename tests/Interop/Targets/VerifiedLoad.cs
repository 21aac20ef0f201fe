using System.Collections.Concurrent;
using Blockwire.Initiator;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>
/// Readers and writers, each with a part of the disk to itself, that know what every block must hold. What is acknowledged must be there from then on; of a write that
/// got no answer each block may be old or new, once and for all.
/// </summary>
internal sealed class VerifiedLoad(int diskBytes, int workers = 8, int mostBlocks = 256)
{
    private readonly uint[] _versions = new uint[diskBytes / DiskPattern.BlockBytes];
    private readonly ConcurrentDictionary<ulong, uint[]> _doubtful = new();
    private long _operations;
    private int _writes;

    /// <summary>Commands that ended without an answer, in words.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    public long Operations => Interlocked.Read(ref _operations);

    /// <summary>Works until it is cancelled. Ends with the first wrong block.</summary>
    public async Task RunAsync(LogicalUnit unit, CancellationToken enough) =>
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(unit, worker, enough), CancellationToken.None)));

    /// <summary>Reads the whole disk.</summary>
    public async Task VerifyAsync(LogicalUnit unit)
    {
        byte[] buffer = new byte[1 << 20];
        for (int at = 0; at < diskBytes; at += buffer.Length)
        {
            ulong lba = (ulong)(at / DiskPattern.BlockBytes);
            await unit.ReadAsync(lba, buffer);
            Expect(buffer, lba);
        }
    }

    private async Task WorkAsync(LogicalUnit unit, int worker, CancellationToken enough)
    {
        Random random = new(worker);
        int share = _versions.Length / workers;
        byte[] buffer = new byte[mostBlocks * DiskPattern.BlockBytes];
        while (!enough.IsCancellationRequested)
        {
            int blocks = 1 + random.Next(random.Next(3) == 0 ? mostBlocks : 16);
            ulong lba = (ulong)((worker * share) + random.Next(share - blocks));
            Memory<byte> memory = buffer.AsMemory(0, blocks * DiskPattern.BlockBytes);
            bool write = random.Next(2) == 0;
            uint version = (uint)Interlocked.Increment(ref _writes);
            try
            {
                if (write)
                {
                    DiskPattern.Fill(memory.Span, lba, version);
                    await unit.WriteAsync(lba, memory, cancellationToken: CancellationToken.None);
                    for (int i = 0; i < blocks; i++)
                    {
                        _versions[lba + (ulong)i] = version;
                        _doubtful.TryRemove(lba + (ulong)i, out _);
                    }
                }
                else
                {
                    await unit.ReadAsync(lba, memory, CancellationToken.None);
                    Expect(memory.Span, lba);
                }

                Interlocked.Increment(ref _operations);
            }
            catch (IOException failed)
            {
                Errors.Enqueue($"{(write ? "write" : "read")} of {blocks} blocks at {lba}: {failed.Message}");
                for (int i = 0; write && i < blocks; i++)
                {
                    _doubtful[lba + (ulong)i] = [.. _doubtful.GetValueOrDefault(lba + (ulong)i, []), version];
                }

                await Task.Delay(10, CancellationToken.None);
            }
        }
    }

    private void Expect(ReadOnlySpan<byte> blocks, ulong lba)
    {
        for (int at = 0; at < blocks.Length; at += DiskPattern.BlockBytes, lba++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(at, DiskPattern.BlockBytes);
            if (DiskPattern.Check(block, lba, _versions[lba]) is { } what && !IsDoubtful(block, lba))
            {
                throw new InvalidDataException($"MISCOMPARE: {what}");
            }
        }
    }

    private bool IsDoubtful(ReadOnlySpan<byte> block, ulong lba)
    {
        foreach (uint version in _doubtful.GetValueOrDefault(lba, []))
        {
            if (DiskPattern.Check(block, lba, version) is null)
            {
                return true;
            }
        }

        return false;
    }
}
