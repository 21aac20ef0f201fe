namespace Blockwire.Wire;

/// <summary>
/// Status-Class (high byte) and Status-Detail (low byte) of a Login Response, RFC 7143 §11.13.5. Other values are unassigned.
/// </summary>
public enum LoginStatus : ushort
{
    /// <summary>Login is proceeding.</summary>
    Success = 0x0000,

    /// <summary>The target has moved for a time; TargetAddress says where.</summary>
    TargetMovedTemporarily = 0x0101,

    /// <summary>The target has moved for good; TargetAddress says where.</summary>
    TargetMovedPermanently = 0x0102,

    /// <summary>Any other error of the initiator.</summary>
    InitiatorError = 0x0200,

    /// <summary>The initiator could not be authenticated, or target authentication is not supported.</summary>
    AuthenticationFailure = 0x0201,

    /// <summary>The initiator is not allowed at this target.</summary>
    AuthorizationFailure = 0x0202,

    /// <summary>No such target at this address.</summary>
    NotFound = 0x0203,

    /// <summary>The target was removed.</summary>
    TargetRemoved = 0x0204,

    /// <summary>The version range is not supported.</summary>
    UnsupportedVersion = 0x0205,

    /// <summary>Too many connections in this session.</summary>
    TooManyConnections = 0x0206,

    /// <summary>A parameter is missing, such as InitiatorName.</summary>
    MissingParameter = 0x0207,

    /// <summary>The session cannot span to this connection.</summary>
    CannotIncludeInSession = 0x0208,

    /// <summary>This type of session is not supported.</summary>
    SessionTypeNotSupported = 0x0209,

    /// <summary>A connection was to join a session that does not exist.</summary>
    SessionDoesNotExist = 0x020A,

    /// <summary>A request that does not belong into the login phase.</summary>
    InvalidDuringLogin = 0x020B,

    /// <summary>The target failed.</summary>
    TargetError = 0x0300,

    /// <summary>The target is not in operation at present.</summary>
    ServiceUnavailable = 0x0301,

    /// <summary>The target lacks resources.</summary>
    OutOfResources = 0x0302,
}
