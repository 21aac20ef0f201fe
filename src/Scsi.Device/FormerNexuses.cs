namespace Blockwire.Scsi.Device;

/// <summary>
/// Initiator ports that have had a nexus here since power on, by name. Bounded: the oldest is forgotten first, and then
/// hears of a power on again, which is harmless.
/// </summary>
internal sealed class FormerPorts(int capacity)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _byAge = new();

    /// <summary>Power on: every port is new again.</summary>
    public void Clear()
    {
        _known.Clear();
        _byAge.Clear();
    }

    /// <summary>Notes a port; true when it was known.</summary>
    public bool Note(string initiatorPortName)
    {
        if (!_known.Add(initiatorPortName))
        {
            return true;
        }

        _byAge.Enqueue(initiatorPortName);
        if (_byAge.Count > capacity)
        {
            _known.Remove(_byAge.Dequeue());
        }

        return false;
    }
}
