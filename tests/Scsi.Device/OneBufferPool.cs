using System.Buffers;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>A pool that allocates nothing after its birth, and knows how many buffers are out. Filled with rubbish, so that nobody relies on zeros.</summary>
internal sealed class OneBufferPool : MemoryPool<byte>
{
    private readonly Stack<Owner> _free = new();

    public OneBufferPool()
    {
        for (int i = 0; i < 4; i++)
        {
            _free.Push(new Owner(this));
        }
    }

    public int Out { get; private set; }

    public override int MaxBufferSize => 1 << 25;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Out++;
        Owner owner = _free.Pop();
        owner.Grow(minBufferSize);
        return owner;
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Owner(OneBufferPool pool) : IMemoryOwner<byte>
    {
        private byte[] _bytes = [];

        public Memory<byte> Memory => _bytes;

        public void Grow(int length)
        {
            if (_bytes.Length < length)
            {
                _bytes = new byte[length];
            }

            _bytes.AsSpan().Fill(0xA5);
        }

        public void Dispose()
        {
            pool.Out--;
            pool._free.Push(this);
        }
    }
}
