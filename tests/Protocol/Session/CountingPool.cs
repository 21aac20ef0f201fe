using System.Buffers;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>A pool that knows what is out, refuses a second return, and spoils what comes back, so that a use after that shows.</summary>
internal sealed class CountingPool : MemoryPool<byte>
{
    public const byte Spoilt = 0xDD;

    /// <summary>Blocks that were rented and not returned.</summary>
    public int Outstanding { get; private set; }

    public override int MaxBufferSize => int.MaxValue;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Outstanding++;
        return new Block(this, new byte[minBufferSize < 0 ? 4096 : minBufferSize + 7]);
    }

    protected override void Dispose(bool disposing)
    {
        // Arrays need no end.
    }

    private sealed class Block(CountingPool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private bool _returned;

        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
            if (_returned)
            {
                throw new InvalidOperationException("a block came back twice");
            }

            _returned = true;
            pool.Outstanding--;
            bytes.AsSpan().Fill(Spoilt);
        }
    }
}
