using System.Buffers;

namespace Blockwire.Storage;

/// <summary>
/// Windows of <see cref="Memory{T}"/> over one run of native memory. A window starts every GiB and is nearly 2 GiB long, so any range up to
/// <see cref="MaxBytes"/> lies within the window that its start picks, and lending one allocates nothing.
/// </summary>
internal sealed class PageWindows
{
    /// <summary>The longest range that always lies in one window.</summary>
    public const int MaxBytes = (1 << 30) - WindowCutBytes;

    private const ulong StrideBytes = 1UL << 30;
    private const int WindowCutBytes = 4096;
    private const ulong WindowBytes = (2 * StrideBytes) - WindowCutBytes;

    private readonly Window[] _windows;

    /// <summary>Windows over an arena.</summary>
    public unsafe PageWindows(PageArena arena)
        : this(arena, arena.At(0), arena.LengthBytes)
    {
    }

    /// <summary>Windows over any memory.</summary>
    /// <param name="owner">What keeps the addresses alive: each window, and so whoever holds its memory, refers to it.</param>
    /// <param name="start">Where the memory begins.</param>
    /// <param name="lengthBytes">Its length in bytes.</param>
    public unsafe PageWindows(object owner, byte* start, ulong lengthBytes)
    {
        _windows = new Window[(lengthBytes + StrideBytes - 1) / StrideBytes];
        for (int i = 0; i < _windows.Length; i++)
        {
            ulong offset = (ulong)i * StrideBytes;
            _windows[i] = new Window(owner, start + offset, (int)Math.Min(WindowBytes, lengthBytes - offset));
        }
    }

    /// <summary>A range of the memory, which must lie in it; false when it is longer than a window.</summary>
    public bool TryGet(ulong offset, int lengthBytes, out Memory<byte> memory)
    {
        if (lengthBytes is <= 0 or > MaxBytes)
        {
            memory = default;
            return false;
        }
        memory = _windows[offset / StrideBytes].Memory.Slice((int)(offset % StrideBytes), lengthBytes);
        return true;
    }

    /// <summary>Keeps the owner, and with it the addresses, alive for whoever holds the memory.</summary>
    private sealed unsafe class Window(object owner, byte* start, int lengthBytes) : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(lengthBytes);

        public override Span<byte> GetSpan()
        {
            GC.KeepAlive(owner);
            return new(start, lengthBytes);
        }

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex, pinnable: this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
