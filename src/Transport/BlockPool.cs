using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Blockwire.Transport;

/// <summary>
/// Buffers outside the garbage collector's heap, in powers of two from 512 bytes to 32 MiB. Renting and giving back allocates nothing once
/// the pool is warm, and the memory never moves, so that the kernel can use it without pinning.
/// </summary>
/// <remarks>
/// <para>A rented block has one owner at a time; whoever holds it disposes it. A second <c>Dispose</c> does nothing, unless the
/// block has found its next owner by then: that is a defect of the caller which nobody can tell from the right one. Content is undefined when rented.</para>
/// <para>Bound: each size keeps at most <see cref="RetainedBytesPerSize"/> bytes (and at least two blocks) for reuse; what comes back above that is freed.</para>
/// </remarks>
public sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>Bytes of unused blocks kept for each size.</summary>
    public const int RetainedBytesPerSize = 8 << 20;

    private const int SmallestLog2 = 9;
    private const int LargestLog2 = 25;
    private readonly Shelf[] _shelves = new Shelf[LargestLog2 - SmallestLog2 + 1];
    private long _rentedBytes;

    /// <summary>Makes an empty pool.</summary>
    public BlockPool()
    {
        for (int i = 0; i < _shelves.Length; i++)
        {
            int blockBytes = 1 << (SmallestLog2 + i);
            _shelves[i] = new Shelf(Math.Clamp(RetainedBytesPerSize / blockBytes, 2, 256));
        }
    }

    /// <inheritdoc/>
    public override int MaxBufferSize => int.MaxValue;

    /// <summary>Bytes of all blocks that are rented now.</summary>
    public long RentedBytes => Interlocked.Read(ref _rentedBytes);

    /// <summary>Rents at least <paramref name="minBufferSize"/> bytes (4096 by default).</summary>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        int wanted = minBufferSize < 0 ? 4096 : Math.Max(minBufferSize, 1 << SmallestLog2);
        int log2 = BitOperations.Log2((uint)wanted - 1) + 1;
        Block block = log2 > LargestLog2 ? new Block(this, null, wanted) : RentFrom(_shelves[log2 - SmallestLog2], 1 << log2);
        block.MarkRented();
        Interlocked.Add(ref _rentedBytes, block.LengthBytes);
        return block;
    }

    private Block RentFrom(Shelf shelf, int lengthBytes) => shelf.Take() ?? new Block(this, shelf, lengthBytes);

    /// <summary>Frees half of what lies unused in each size; called now and then by an idle server.</summary>
    public void Trim()
    {
        foreach (Shelf shelf in _shelves)
        {
            shelf.Halve();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (Shelf shelf in _shelves)
        {
            shelf.Close();
        }
    }

    private void Return(Block block, Shelf? shelf)
    {
        Interlocked.Add(ref _rentedBytes, -block.LengthBytes);
        if (shelf is null || !shelf.Put(block))
        {
            block.Free();
        }
    }

    /// <summary>Unused blocks of one size.</summary>
    private sealed class Shelf(int capacity)
    {
        private readonly Block?[] _blocks = new Block?[capacity];
        private readonly Lock _gate = new();
        private int _count;
        private bool _closed;

        public Block? Take()
        {
            lock (_gate)
            {
                if (_count == 0)
                {
                    return null;
                }

                Block? block = _blocks[--_count];
                _blocks[_count] = null;
                return block;
            }
        }

        public bool Put(Block block)
        {
            lock (_gate)
            {
                if (_closed || _count == _blocks.Length)
                {
                    return false;
                }

                _blocks[_count++] = block;
                return true;
            }
        }

        public void Halve() => Shrink(_count / 2);

        public void Close()
        {
            _closed = true;
            Shrink(0);
        }

        private void Shrink(int keep)
        {
            while (true)
            {
                Block? block;
                lock (_gate)
                {
                    if (_count <= keep)
                    {
                        return;
                    }

                    block = _blocks[--_count];
                    _blocks[_count] = null;
                }

                block!.Free();
            }
        }
    }

    private sealed unsafe class Block(BlockPool pool, Shelf? shelf, int lengthBytes) : MemoryManager<byte>
    {
        private readonly byte* _start = (byte*)NativeMemory.AlignedAlloc((nuint)lengthBytes, (nuint)Math.Min(lengthBytes, 4096));
        private int _rented;

        public int LengthBytes => lengthBytes;

        public override Memory<byte> Memory => CreateMemory(lengthBytes);

        public void MarkRented() => Volatile.Write(ref _rented, 1);

        public void Free() => NativeMemory.AlignedFree(_start);

        public override Span<byte> GetSpan() => new(_start, lengthBytes);

        public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

        public override void Unpin()
        {
            // Native memory does not move.
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _rented, 0) == 1)
            {
                pool.Return(this, shelf);
            }
        }
    }
}
