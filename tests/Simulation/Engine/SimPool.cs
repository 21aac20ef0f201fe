using System.Buffers;
using System.Runtime.InteropServices;

namespace Blockwire.Simulation.Tests;

/// <summary>A pool that knows what is out, refuses a second return, spoils what comes back, and never exceeds its bound.</summary>
internal sealed class SimPool(long boundBytes) : MemoryPool<byte>
{
    private readonly HashSet<byte[]> _out = [];

    public int Rented => _out.Count;

    public long RentedBytes { get; private set; }

    public long MostBytes { get; private set; }

    public override int MaxBufferSize => int.MaxValue;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        byte[] bytes = new byte[Math.Max(minBufferSize, 1)];
        bytes.AsSpan().Fill(0xCC);
        _out.Add(bytes);
        RentedBytes += bytes.Length;
        MostBytes = Math.Max(MostBytes, RentedBytes);
        BrokenRuleException.Unless(RentedBytes <= boundBytes, $"memory is bounded: {RentedBytes} bytes are rented, the bound is {boundBytes}");
        return new Block(this, bytes);
    }

    /// <summary>Is this memory still rented? Who writes into it when it is not writes into somebody else's.</summary>
    public bool Owns(ReadOnlyMemory<byte> memory) => MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment) && _out.Contains(segment.Array!);

    protected override void Dispose(bool disposing)
    {
        // Arrays need no end.
    }

    private sealed class Block(SimPool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
            BrokenRuleException.Unless(pool._out.Remove(bytes), "a buffer goes back to the pool once");
            pool.RentedBytes -= bytes.Length;
            bytes.AsSpan().Fill(0xDD);
        }
    }
}
