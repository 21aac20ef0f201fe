namespace Blockwire.Protocol.Login;

/// <summary>What an initiator's connection does after a step of its login.</summary>
public enum InitiatorLoginNext
{
    /// <summary>Send the request of the step and receive the next Login Response.</summary>
    Send,

    /// <summary>The login is complete: enter the full feature phase.</summary>
    FullFeature,

    /// <summary>The login failed: close the transport connection.</summary>
    Failed,
}
