namespace Blockwire.Scsi.Device;

/// <summary>
/// I_T nexuses that have been here since power on, by name: an initiator port that comes through another target port was never lost there (SAM-5 §6.3.4). Bounded: the
/// oldest is forgotten first, and then hears of a power on again, which is harmless.
/// </summary>
internal sealed class FormerNexuses(int capacity)
{
    private readonly HashSet<NexusName> _known = [];
    private readonly Queue<NexusName> _byAge = new();

    /// <summary>Power on: every nexus is new again.</summary>
    public void Clear()
    {
        _known.Clear();
        _byAge.Clear();
    }

    /// <summary>Notes a nexus; true when it was known.</summary>
    public bool Note(NexusName nexus)
    {
        if (!_known.Add(nexus))
        {
            return true;
        }

        _byAge.Enqueue(nexus);
        if (_byAge.Count > capacity)
        {
            _known.Remove(_byAge.Dequeue());
        }

        return false;
    }
}
