using System.Collections.Immutable;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>The SecurityNegotiation stage: selects AuthMethod and carries the keys of the chosen method (RFC 7143 §6.3.2, §12.1).</summary>
internal sealed class SecurityStage(IAuthentication authentication)
{
    private string? _method;
    private IAuthenticator? _authenticator;
    private bool _proposed;

    /// <summary>True when nothing more is to be proved.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The name that was proved, or null.</summary>
    public string? AuthenticatedName { get; private set; }

    /// <summary>True when an initiator need not prove itself.</summary>
    public bool AllowsNone => authentication.Methods.Contains(KeyConstant.None);

    /// <summary>Takes the security keys of one request.</summary>
    public LoginRefusal? OnKeys(IReadOnlyList<OfferedKey> keys, KeyAnswers answers)
    {
        List<TextPair> exchange = [];
        foreach (OfferedKey key in keys)
        {
            LoginRefusal? refusal = key.Row switch
            {
                null => AnswerUnknown(key, answers),
                { Name: KeyName.AuthMethod } => SelectMethod(key.Value, answers),
                { Function: ResultFunction.ByAuthMethod } row => Collect(row, key, exchange),
                _ => null,
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return exchange.Count == 0 ? null : Exchange(exchange, answers);
    }

    /// <summary>
    /// The initiator wants to leave the stage. Without a method chosen that is fine where none is needed; otherwise the target proposes its
    /// methods itself (§6.3.2: the negotiation may be directed by the target), once.
    /// </summary>
    /// <returns>A refusal, or null. The stage may be left when <see cref="IsComplete"/>.</returns>
    public LoginRefusal? OnTransit(KeyAnswers answers)
    {
        if (IsComplete || _method is not null)
        {
            return null;
        }

        if (AllowsNone)
        {
            IsComplete = true;
            return null;
        }

        if (_proposed)
        {
            return new(LoginStatus.AuthenticationFailure, $"authentication is required ({Allowed}) and the initiator chose no method");
        }

        _proposed = true;
        answers.Add(KeyName.AuthMethod, Allowed);
        return null;
    }

    private string Allowed => string.Join(',', authentication.Methods);

    private static LoginRefusal? AnswerUnknown(OfferedKey key, KeyAnswers answers)
    {
        if (KeyConstant.IsAnswerOnly(key.Value))
        {
            return LoginRefusal.InitiatorError($"{key.Name}={key.Value} answers nothing that was proposed");
        }

        answers.Add(key.Name, KeyConstant.NotUnderstood);
        return null;
    }

    private LoginRefusal? SelectMethod(string value, KeyAnswers answers)
    {
        string[] offered = value.Split(',');
        string? method = Array.Find(offered, authentication.Methods.Contains);
        if (method is null)
        {
            return new(LoginStatus.AuthenticationFailure, $"AuthMethod must be one of {Allowed} here, and the initiator offers none of them");
        }

        // What answers our own proposal is the selection already; saying it again would be a second negotiation.
        if (!_proposed)
        {
            answers.Add(KeyName.AuthMethod, method);
        }
        else if (offered.Length > 1)
        {
            return LoginRefusal.InitiatorError("AuthMethod answers our proposal with a list");
        }

        _method = method;
        if (method == KeyConstant.None)
        {
            IsComplete = true;
            return null;
        }

        _authenticator = authentication.Start(method);
        return null;
    }

    private static LoginRefusal? Collect(KeyRow row, OfferedKey key, List<TextPair> exchange)
    {
        // The value may be a secret: it is never repeated in a log line. A malformed one is no failed proof (§9.2).
        if (!ValueSyntax.IsLegal(row, key.Value))
        {
            return LoginRefusal.InitiatorError($"{row.Name} has an illegal value (RFC 7143/9.2)");
        }

        exchange.Add(new(key.Name, key.Value));
        return null;
    }

    private LoginRefusal? Exchange(List<TextPair> exchange, KeyAnswers answers)
    {
        string key = exchange[0].Key;
        string? owner = KeyTable.Find(key)?.AuthMethod;
        if (_authenticator is null || owner != _method)
        {
            return LoginRefusal.InitiatorError($"{key} came without AuthMethod={owner} being chosen");
        }

        if (IsComplete)
        {
            return LoginRefusal.InitiatorError($"{key} came after the {_method} exchange was over");
        }

        AuthenticationStep step = _authenticator.OnKeys(exchange);
        if (step.Verdict == AuthenticationVerdict.Refused)
        {
            return new(step.Status, step.Why ?? $"{_method} failed");
        }

        foreach (TextPair pair in step.Keys)
        {
            answers.Add(pair);
        }

        (IsComplete, AuthenticatedName) = step.Verdict == AuthenticationVerdict.Accepted ? (true, step.Name) : (false, null);
        return null;
    }
}
