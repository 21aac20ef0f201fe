namespace Blockwire.Protocol.Session;

/// <summary>
/// Bounds the memory that the data of one session's tasks can hold at once. A task that is larger than the whole budget runs alone.
/// </summary>
/// <param name="limitBytes">Bytes that may be out at once.</param>
internal sealed class DataBudget(long limitBytes)
{
    /// <summary>Bytes that are out.</summary>
    public long Used { get; private set; }

    public bool TryCharge(long bytes)
    {
        if (Used > 0 && Used + bytes > limitBytes)
        {
            return false;
        }

        Used += bytes;
        return true;
    }

    public void Credit(long bytes)
    {
        System.Diagnostics.Debug.Assert(bytes <= Used, "credit only what was charged");
        Used -= bytes;
    }
}
