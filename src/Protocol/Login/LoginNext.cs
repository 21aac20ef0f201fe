namespace Blockwire.Protocol.Login;

/// <summary>What the connection does after sending the response of a step.</summary>
public enum LoginNext
{
    /// <summary>Receive the next Login Request.</summary>
    Continue,

    /// <summary>The login is complete: enter the full feature phase.</summary>
    FullFeature,

    /// <summary>The login is refused: close the transport connection.</summary>
    Close,
}
