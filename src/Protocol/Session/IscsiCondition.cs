namespace Blockwire.Protocol.Session;

/// <summary>Conditions of the transport that end a command with CHECK CONDITION (RFC 7143 §11.4.7.2). The shell turns them into sense.</summary>
public enum IscsiCondition
{
    /// <summary>Sense 0Bh, 0Ch/0Ch.</summary>
    UnexpectedUnsolicitedData,

    /// <summary>Sense 0Bh, 0Ch/0Dh.</summary>
    IncorrectAmountOfData,

    /// <summary>Sense 0Bh, 47h/05h.</summary>
    ProtocolServiceCrcError,

    /// <summary>Sense 0Bh, 11h/13h.</summary>
    SnackRejected,
}
