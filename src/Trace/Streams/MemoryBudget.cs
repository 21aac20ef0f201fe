namespace Blockwire.Trace.Streams;

/// <summary>Bytes that all streams of a capture may hold together, so that a hostile capture cannot make the reader grow without end.</summary>
internal sealed class MemoryBudget(long most)
{
    private long _taken;

    public bool TryTake(long bytes)
    {
        if (_taken + bytes > most)
        {
            return false;
        }

        _taken += bytes;
        return true;
    }

    public void GiveBack(long bytes) => _taken -= bytes;
}
