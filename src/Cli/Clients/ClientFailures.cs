using System.Net.Sockets;
using Blockwire.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Scsi;
using Blockwire.Storage;
using Blockwire.Wire;

namespace Blockwire.Cli.Clients;

/// <summary>Turns what can go wrong with a target into one line: what failed, where, what to try.</summary>
internal static class ClientFailures
{
    /// <summary>The line; null when the failure is a defect of ours.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="where">The URL of the command; null when the failure tells by itself.</param>
    public static string? Explain(Exception failure, IscsiUrl? where)
    {
        (string? message, string? advice) = Parts(failure, where);
        return message is null || advice is null ? message : $"{message}; {advice}";
    }

    /// <summary>What failed and where, and what to try; both null when the failure is a defect of ours.</summary>
    public static (string? Message, string? Advice) Parts(Exception failure, IscsiUrl? where)
    {
        (string? message, string? advice) = failure switch
        {
            LoginFailedException login => (login.Message, AdviceFor(login, where)),
            ScsiException scsi => (scsi.Message, AdviceFor(scsi, where)),
            CommandLostException { InnerException: LoginFailedException login } lost => (lost.Message, AdviceFor(login, where)),
            IOException or UnauthorizedAccessException or DiskOpenException or InitiatorNameException or IscsiUrlException => (failure.Message, null),
            _ => ((string?)null, (string?)null),
        };
        return (message?.ReplaceLineEndings(" "), advice);
    }

    private static string? AdviceFor(LoginFailedException login, IscsiUrl? where) => login switch
    {
        { Failure.Status: { } status } when AdviceFor(status, where) is { } advice => advice,
        { Failure.Kind: LoginFailureKind.NotAuthenticated } => "check user and secret, in the URL, --chap-file or the environment, and target-password if the target has to prove itself",
        { Failure.Kind: LoginFailureKind.PolicyNotMet } => "ask for less: header-digest=prefer and data-digest=prefer take what the target grants",
        { Failure.Kind: LoginFailureKind.TargetBrokeRule } => "run it with --trace FILE and look with blockwire decode FILE; quirks= in the URL overlooks some faults",
        { Failure.Kind: LoginFailureKind.WrongPortalGroup } => "name one portal only, or portals of one group",
        { NetworkError: SocketError.ConnectionRefused } => "is a target running there, and on that port?",
        { NetworkError: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "check the host's name, or give its IP address",
        { NetworkError: SocketError.HostUnreachable or SocketError.NetworkUnreachable } => "check the address and the way to it",
        { NetworkError: SocketError.ConnectionReset or SocketError.Shutdown } => "is that an iSCSI target?",
        { NetworkError: null, Failure: null } => "is that an iSCSI target? --timeout SECONDS waits longer",
        _ => null,
    };

    private static string? AdviceFor(LoginStatus status, IscsiUrl? where) => status switch
    {
        LoginStatus.AuthenticationFailure => "check user and secret, in the URL, --chap-file or the environment (BLOCKWIRE_CHAP_USER and _SECRET)",
        LoginStatus.AuthorizationFailure => "the target knows initiators by name: --initiator IQN gives another one",
        LoginStatus.NotFound or LoginStatus.TargetRemoved => $"list its targets with: blockwire discover {Portal(where)}",
        LoginStatus.ServiceUnavailable or LoginStatus.OutOfResources or LoginStatus.TargetError => "try again later, and see the target's log",
        LoginStatus.TooManyConnections or LoginStatus.CannotIncludeInSession => "ask for fewer connections",
        _ => null,
    };

    private static string? AdviceFor(ScsiException scsi, IscsiUrl? where) =>
        SenseData.Parse(scsi.Result.Sense.Span) is { Key: SenseKey.IllegalRequest, Asc: 0x25 } || scsi is { Operation: "INQUIRY", Status: ScsiStatus.Good }
            ? $"try blockwire ls {Portal(where)}"
            : null;

    private static string Portal(IscsiUrl? where) => where is { } url ? url.Portals[0].ToString() : "HOST:PORT";
}
