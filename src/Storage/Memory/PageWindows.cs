using System.Buffers;

namespace Blockwire.Storage;

/// <summary>
/// Windows of <see cref="Memory{T}"/> over an arena. A window starts every GiB and is nearly 2 GiB long, so any range up to
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

    public PageWindows(PageArena arena)
    {
        _windows = new Window[(arena.LengthBytes + StrideBytes - 1) / StrideBytes];
        for (int i = 0; i < _windows.Length; i++)
        {
            ulong start = (ulong)i * StrideBytes;
            _windows[i] = new Window(arena, start, (int)Math.Min(WindowBytes, arena.LengthBytes - start));
        }
    }

    /// <summary>A range of the arena; false when it is longer than a window.</summary>
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

    /// <summary>Keeps the arena, and with it the addresses, alive for whoever holds the memory.</summary>
    private sealed unsafe class Window(PageArena arena, ulong start, int lengthBytes) : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(lengthBytes);

        public override Span<byte> GetSpan() => new(arena.At(start), lengthBytes);

        public override MemoryHandle Pin(int elementIndex = 0) => new(arena.At(start + (uint)elementIndex), pinnable: this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
