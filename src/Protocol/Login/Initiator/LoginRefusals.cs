using System.Collections.Immutable;
using System.Text;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Naming;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>Makes a failure of a Login Response that is a refusal or a redirection (RFC 7143 §11.13.5).</summary>
internal static class LoginRefusals
{
    private const int MostAddresses = 64;

    /// <summary>Reads one.</summary>
    /// <param name="status">Not success.</param>
    /// <param name="data">The response's text.</param>
    /// <param name="algorithm">The CHAP algorithm in use, or null.</param>
    public static InitiatorLoginFailure Read(LoginStatus status, ReadOnlySpan<byte> data, ChapAlgorithm? algorithm)
    {
        string code = $"login status 0x{(ushort)status:x4}";
        if ((ushort)status >> 8 == 1)
        {
            ImmutableArray<PortalAddress> addresses = ReadAddresses(data);
            return addresses.IsEmpty
                ? new(LoginFailureKind.TargetBrokeRule, $"{code}: the target has moved and does not say where (RFC 7143/11.13.5)") { Status = status }
                : new(LoginFailureKind.Redirected, $"{code}: {Words(status)}, to {addresses[0]}") { Status = status, Addresses = addresses };
        }

        // tgt means SHA-1 by 7, so its refusal (0x0200, as the proof has a length that it does not expect) need not mean that the secret is wrong.
        bool mayBeTgt = algorithm == ChapAlgorithm.Sha256 && status is (LoginStatus.AuthenticationFailure or LoginStatus.InitiatorError);
        string hint = mayBeTgt ? "; tgt takes CHAP algorithm 7, SHA-256, for SHA-1: if it is one, write quirks=tgt into the URL" : "";
        return new(LoginFailureKind.Refused, $"{code}: {Words(status)}{hint} (RFC 7143/11.13.5)")
        {
            Status = status,
            MayHelp = mayBeTgt ? LoginQuirks.NoChapSha256 : LoginQuirks.None,
        };
    }

    private static ImmutableArray<PortalAddress> ReadAddresses(ReadOnlySpan<byte> data)
    {
        ImmutableArray<PortalAddress>.Builder addresses = ImmutableArray.CreateBuilder<PortalAddress>();
        TextKeyReader reader = new(data);
        while (addresses.Count < MostAddresses && reader.MoveNext())
        {
            // No tag belongs here (§13.8); one that is there says nothing that we need.
            if (reader.Key.SequenceEqual("TargetAddress"u8) && PortalAddress.TryReadTargetAddress(Encoding.UTF8.GetString(reader.Value), out PortalAddress address, out _))
            {
                addresses.Add(address);
            }
        }

        return addresses.DrainToImmutable();
    }

    private static string Words(LoginStatus status) => status switch
    {
        LoginStatus.TargetMovedTemporarily => "the target has moved for a time",
        LoginStatus.TargetMovedPermanently => "the target has moved for good",
        LoginStatus.InitiatorError => "the target finds an error in our request",
        LoginStatus.AuthenticationFailure => "authentication failed, or is wanted and was not offered",
        LoginStatus.AuthorizationFailure => "this initiator may not use the target",
        LoginStatus.NotFound => "there is no such target at this address",
        LoginStatus.TargetRemoved => "the target was removed",
        LoginStatus.UnsupportedVersion => "the target does not know version 0 of the protocol",
        LoginStatus.TooManyConnections => "the session has as many connections as it may have",
        LoginStatus.MissingParameter => "the target misses a key",
        LoginStatus.CannotIncludeInSession => "the session cannot have a connection to this address",
        LoginStatus.SessionTypeNotSupported => "the target does not offer this type of session",
        LoginStatus.SessionDoesNotExist => "the session to join does not exist",
        LoginStatus.InvalidDuringLogin => "the target got a request that does not belong into a login",
        LoginStatus.TargetError => "the target has an error of its own",
        LoginStatus.ServiceUnavailable => "the target is not in operation at present",
        LoginStatus.OutOfResources => "the target lacks resources",
        _ when (ushort)status >> 8 == 3 => "the target has an error of its own",
        _ => "the target refuses the login",
    };
}
