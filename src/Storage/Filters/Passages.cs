using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>
/// Counts calls on their way, on cache lines that threads seldom share: two interlocked operations a call and no lock. Closing it sends later calls another way;
/// those that are on their way leave as they will.
/// </summary>
internal sealed class Passages
{
    private const int Cells = 16;
    private const int CacheLineBytes = 64;

    private readonly Cell[] _cells = new Cell[Cells + 1];
    private readonly Action _left;
    private int _closures;

    /// <summary>Passages that are open.</summary>
    /// <param name="left">Called whenever someone leaves while they are closed, on the leaver's thread.</param>
    public Passages(Action left) => _left = left;

    /// <summary>Is nobody on the way? Once closed, true stays true until they are open again.</summary>
    public bool AreEmpty
    {
        get
        {
            int inside = 0;
            foreach (ref Cell cell in _cells.AsSpan())
            {
                inside += Volatile.Read(ref cell.Inside);
            }
            return inside == 0;
        }
    }

    /// <summary>Sets out; false when they are closed.</summary>
    /// <param name="cell">What to leave with: the thread may be another by then.</param>
    public bool TryEnter(out int cell)
    {
        cell = (Environment.CurrentManagedThreadId % Cells) + 1;
        if (Volatile.Read(ref _closures) != 0) return false;
        Interlocked.Increment(ref _cells[cell].Inside);
        // Looked at again behind the count: whoever closes looks at the counts behind the closing, so that one of the two sees the other.
        if (Volatile.Read(ref _closures) == 0) return true;
        Leave(cell);
        return false;
    }

    /// <summary>Arrives.</summary>
    public void Leave(int cell)
    {
        Interlocked.Decrement(ref _cells[cell].Inside);
        if (Volatile.Read(ref _closures) != 0) _left();
    }

    /// <summary>Lets nobody in until <see cref="Open"/> has been called as often.</summary>
    public void Close() => Interlocked.Increment(ref _closures);

    /// <summary>Undoes one <see cref="Close"/>.</summary>
    public void Open() => Interlocked.Decrement(ref _closures);

    [StructLayout(LayoutKind.Sequential, Size = CacheLineBytes)]
    private struct Cell
    {
        public int Inside;
    }
}
