namespace Blockwire.Protocol.Session;

/// <summary>
/// Bounds the memory that the data of one session's tasks can hold at once. A task that is larger than the whole budget runs alone.
/// </summary>
/// <param name="limitBytes">Bytes that may be out at once.</param>
internal sealed class DataBudget(long limitBytes)
{
    /// <summary>Bytes that are out.</summary>
    public long Used { get; private set; }

    /// <summary>Takes a share. False when there is none now; then another task of the session holds some and will give it back.</summary>
    /// <param name="bytes">The share.</param>
    /// <param name="memoryIsTight">The whole server is short of memory: one task at a time.</param>
    public bool TryCharge(long bytes, bool memoryIsTight)
    {
        if (Used > 0 && bytes > 0 && (memoryIsTight || Used + bytes > limitBytes))
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
