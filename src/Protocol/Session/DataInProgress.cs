using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// How far the data of one task has gone to the initiator: how it was cut, what is acknowledged, and what has been asked for again (RFC 7143 §11.7, §11.16). Plain bookkeeping.
/// </summary>
internal sealed class DataInProgress
{
    /// <summary>How the data was cut when it was sent last.</summary>
    public DataInLayout Layout { get; set; }

    /// <summary>Data-In PDUs and R2Ts of a bidirectional command share their numbers (RFC 7143 §4.2.2.4): the first of its Data-In PDUs.</summary>
    public uint FirstDataSN { get; set; }

    /// <summary>First DataSN that the initiator has not acknowledged (§11.16.2).</summary>
    public uint AcknowledgedDataSN { get; set; }

    /// <summary>Target transfer tag of PDUs with the A bit; 0 until the first.</summary>
    public uint AcknowledgeTag { get; set; }

    /// <summary>Tag of the last R-Data SNACK, for the SCSI Response (§11.16.3); 0: none.</summary>
    public uint SnackTag { get; set; }

    /// <summary>StatSN of its status, once that was sent.</summary>
    public Serial32 StatusSN { get; set; }

    /// <summary>Its status as it was sent on a connection that is gone (header and data segment), to be sent on another (§7.2.2).</summary>
    public (byte[] Header, byte[]? Data)? FormerStatus { get; set; }

    /// <summary>Bytes that count against what the session keeps for retransmission.</summary>
    public long KeptBytes { get; set; }

    /// <summary>The data was dropped to keep the bound: it has to be read again.</summary>
    public bool Dropped { get; set; }

    /// <summary>It is being read again now.</summary>
    public bool Rereading { get; set; }

    /// <summary>What waits for the data to be read again.</summary>
    public List<Replay> Replays { get; } = [];

    public void Reset()
    {
        Layout = default;
        FirstDataSN = 0;
        AcknowledgedDataSN = 0;
        AcknowledgeTag = 0;
        SnackTag = 0;
        StatusSN = default;
        FormerStatus = null;
        KeptBytes = 0;
        Dropped = false;
        Rereading = false;
        Replays.Clear();
    }
}

/// <summary>Data-In PDUs that are to be sent again.</summary>
/// <param name="Kind">Why.</param>
/// <param name="FirstDataSN">The first of them; meaningful for <see cref="ReplayKind.Pieces"/>.</param>
/// <param name="EndDataSN">The one after the last of them.</param>
/// <param name="Snack">Header of the SNACK, for a Reject; null for a reassignment.</param>
internal readonly record struct Replay(ReplayKind Kind, uint FirstDataSN, uint EndDataSN, byte[]? Snack);

/// <summary>Why data is sent again.</summary>
internal enum ReplayKind
{
    /// <summary>Data SNACK: the PDUs as they were.</summary>
    Pieces,

    /// <summary>R-Data SNACK: all that is not acknowledged, cut anew, and the status again (§11.16.3).</summary>
    Resegmented,

    /// <summary>TASK REASSIGN: all that is not acknowledged, cut for the new connection, and the status with a new number (§7.2.2).</summary>
    Reassigned,
}
