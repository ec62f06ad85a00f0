use domain::Secret;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
    CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenClaims,
    IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use openidconnect::{ClaimsVerificationError, StandardClaims};

use crate::error::chain;
use crate::http::{Http, HttpError};
use crate::person::Others;
use crate::{OpenIdError, Person, Provider};

type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Claims = IdTokenClaims<Others, CoreGenderClaim>;
type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Relying = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A sign-in that was begun. All but the address stays with the browser that began it, out of everybody's sight.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// Comes back with the browser.
    pub state: Secret,
    /// Comes back within the ID token.
    pub nonce: Secret,
    /// Proves to the token endpoint that who ends is who began.
    pub verifier: Secret,
}

/// A provider whose description and keys were read: people can be sent there.
#[derive(Debug, Clone)]
pub struct Flow {
    provider: Provider,
    relying: Relying,
    http: Http,
}

impl Flow {
    /// Reads the provider's description and its keys.
    pub async fn discover(provider: Provider) -> Result<Self, OpenIdError> {
        Provider::check_issuer(&provider.issuer)?;
        let http = Http::new(&provider.issuer, provider.ca_pem.as_deref())?;
        let issuer = IssuerUrl::new(provider.issuer.clone())
            .map_err(|_| OpenIdError::Issuer(provider.issuer.clone()))?;
        let described = CoreProviderMetadata::discover_async(issuer, &http).await.map_err(undescribed)?;
        if described.token_endpoint().is_none() {
            return Err(OpenIdError::Description("it names no token endpoint".to_owned()));
        }
        let offers = |method| {
            let offered = described.token_endpoint_auth_methods_supported();
            // RFC 8414 section 2: who names none takes basic.
            offered.map_or(method == CoreClientAuthMethod::ClientSecretBasic, |all| all.contains(&method))
        };
        let in_body = !offers(CoreClientAuthMethod::ClientSecretBasic)
            && offers(CoreClientAuthMethod::ClientSecretPost);
        let callback = RedirectUrl::new(provider.callback.clone())
            .map_err(|error| OpenIdError::Description(format!("the portal's own address: {error}")))?;
        let secret =
            provider.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let mut relying =
            Relying::from_provider_metadata(described, ClientId::new(provider.client_id.clone()), secret)
                .set_redirect_uri(callback);
        if in_body {
            relying = relying.set_auth_type(AuthType::RequestBody);
        }
        Ok(Self { provider, relying, http })
    }

    /// Begins a sign-in.
    pub fn begin(&self) -> Begun {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = self
            .relying
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.provider.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .url();
        Begun {
            address: address.into(),
            state: Secret::new(state.into_secret()),
            nonce: Secret::new(nonce.secret().clone()),
            verifier: Secret::new(verifier.into_secret()),
        }
    }

    /// Ends a sign-in: changes the code that came back into tokens, and believes what the provider signed.
    pub async fn finish(
        &self,
        code: &Secret,
        nonce: &Secret,
        verifier: &Secret,
    ) -> Result<Person, OpenIdError> {
        let tokens = self
            .relying
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .map_err(|error| OpenIdError::Description(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .request_async(&self.http)
            .await
            .map_err(refused)?;
        let token = tokens.id_token().ok_or_else(|| OpenIdError::Token("there is none".to_owned()))?;
        let nonce = Nonce::new(nonce.expose().to_owned());
        let claims = match self.verify(token, &tokens, &nonce) {
            // The provider signs with a key that it did not have when its keys were read.
            Err(Unverified::Key(_)) => {
                Self::discover(self.provider.clone()).await?.verify(token, &tokens, &nonce)
            }
            other => other,
        }
        .map_err(Unverified::told)?;
        self.person(&claims, &tokens).await
    }

    fn verify(&self, token: &Token, tokens: &Tokens, nonce: &Nonce) -> Result<Claims, Unverified> {
        let verifier = self.relying.id_token_verifier();
        let claims = token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let key = token.signing_key(&verifier).map_err(|error| Unverified::Other(error.to_string()))?;
            let algorithm = token.signing_alg().map_err(|error| Unverified::Other(error.to_string()))?;
            let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
                .map_err(|error| Unverified::Other(error.to_string()))?;
            if hash != *expected {
                return Err(Unverified::Other("it belongs to another access token".to_owned()));
            }
        }
        Ok(claims.clone())
    }

    /// Some providers put groups and names not into the ID token, but behind the endpoint for it.
    async fn person(&self, claims: &Claims, tokens: &Tokens) -> Result<Person, OpenIdError> {
        let mut roles = claims.additional_claims().texts(&self.provider.role_claim);
        let mut username = name(claims.preferred_username().map(|n| &***n), claims.email().map(|e| &***e));
        if (roles.is_none() || username.is_none()) && self.relying.user_info_url().is_some() {
            let more: UserInfoClaims<Others, CoreGenderClaim> = self
                .relying
                .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
                .map_err(|error| OpenIdError::Description(error.to_string()))?
                .request_async(&self.http)
                .await
                .map_err(|error| OpenIdError::Refused(chain(&error)))?;
            roles = roles.or_else(|| more.additional_claims().texts(&self.provider.role_claim));
            let standard: &StandardClaims<CoreGenderClaim> = more.standard_claims();
            username = username.or_else(|| {
                name(standard.preferred_username().map(|n| &***n), standard.email().map(|e| &***e))
            });
        }
        let subject = claims.subject().to_string();
        Ok(Person {
            issuer: claims.issuer().to_string(),
            username: username.unwrap_or_else(|| subject.clone()),
            subject,
            roles: roles.unwrap_or_default(),
        })
    }
}

fn name(preferred: Option<&str>, email: Option<&str>) -> Option<String> {
    preferred.filter(|name| !name.trim().is_empty()).or(email).map(str::to_owned)
}

/// Why a token is not believed.
enum Unverified {
    /// The key is not among those that are known.
    Key(String),
    Other(String),
}

impl Unverified {
    fn told(self) -> OpenIdError {
        let (Self::Key(text) | Self::Other(text)) = self;
        OpenIdError::Token(text)
    }
}

impl From<ClaimsVerificationError> for Unverified {
    fn from(error: ClaimsVerificationError) -> Self {
        match &error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Self::Key(chain(&error))
            }
            _ => Self::Other(chain(&error)),
        }
    }
}

fn undescribed(error: DiscoveryError<HttpError>) -> OpenIdError {
    match error {
        DiscoveryError::Request(error) => OpenIdError::Unreachable(error.to_string()),
        DiscoveryError::Response(status, _, _) => {
            OpenIdError::Description(format!("the address of it was answered {status}"))
        }
        other => OpenIdError::Description(chain(&other)),
    }
}

fn refused(error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>) -> OpenIdError {
    match error {
        RequestTokenError::ServerResponse(said) => OpenIdError::Refused(said.to_string()),
        RequestTokenError::Request(error) => OpenIdError::Unreachable(error.to_string()),
        // The body may hold tokens: it is not told.
        RequestTokenError::Parse(error, _) => {
            OpenIdError::Refused(format!("its answer is no token: {error}"))
        }
        RequestTokenError::Other(text) => OpenIdError::Refused(text),
    }
}
